import { describeVersions } from '../support/machine.ts';
import { journalUpload } from './journal-upload.ts';
import { journalbridge } from './journalbridge.ts';
import { journalctl } from './journalctl.ts';
import { findRsyslog } from './rsyslog.ts';
import type { Shipper } from './shipper.ts';
import { findSyslogNg } from './syslog-ng.ts';

/** What is compared: ourselves, those that ship as we do, and journalctl alone. */
export interface Shippers {
  readonly ours: Shipper;
  /** They keep a checkpoint and follow for ever. */
  readonly peers: readonly Shipper[];
  readonly plain: readonly Shipper[];
}

/** Finds them all; fetches what the machine has not. */
export async function findShippers(): Promise<Shippers> {
  const { journalbridge: ownVersion = '', systemd = '' } = describeVersions();
  const systemdVersion = /\((.*)\)/.exec(systemd)?.[1] ?? systemd;
  return {
    ours: journalbridge(ownVersion),
    peers: [...(await Promise.all([findRsyslog(), findSyslogNg()])), journalUpload(systemdVersion)],
    plain: [journalctl('export', systemdVersion), journalctl('json', systemdVersion)],
  };
}

/** The versions of those that are not of every result. */
export function versionsOf({ peers }: Shippers): Record<string, string> {
  return Object.fromEntries(peers.map(({ name, version }) => [name, version]));
}
