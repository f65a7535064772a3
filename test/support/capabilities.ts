import type { Capabilities } from '../../src/journal/probe.ts';

/** A journalctl of Debian 12 on a machine that has no id. */
export const plainCapabilities: Capabilities = {
  path: 'journalctl',
  version: 252,
  canMergeFollow: true,
  machineId: undefined,
  bootId: undefined,
};
