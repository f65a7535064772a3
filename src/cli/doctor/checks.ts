import type { Check } from './check.ts';
import { findClockTrouble } from './checks/clock.ts';
import { findConfigFaults } from './checks/config.ts';
import { lookAtCredentials } from './checks/credentials.ts';
import { lookAtDeadLetters } from './checks/dead-letters.ts';
import { lookAtDisks } from './checks/disk.ts';
import { resolveNames } from './checks/dns.ts';
import { lookAtInotify } from './checks/inotify.ts';
import { readJournals } from './checks/journal.ts';
import { lookAtJournalctl } from './checks/journalctl.ts';
import { tryLogins } from './checks/login.ts';
import { lookAtSandbox } from './checks/sandbox.ts';
import { lookAtState } from './checks/state.ts';
import { tryStatsd } from './checks/statsd.ts';
import { lookAtStorage } from './checks/storage.ts';
import { openPorts } from './checks/tcp.ts';
import { lookAtCertificates } from './checks/tls.ts';
import { lookAtUnit } from './checks/unit.ts';
import { lookAtUser } from './checks/user.ts';

/** What `journalbridge doctor` looks at, in the order of its output: one line each. */
export const checks: readonly Check[] = [
  { name: 'config', find: findConfigFaults },
  { name: 'credentials', find: lookAtCredentials },
  { name: 'user', find: lookAtUser },
  { name: 'journalctl', find: lookAtJournalctl },
  { name: 'journal', find: readJournals },
  { name: 'storage', find: lookAtStorage },
  { name: 'clock', find: findClockTrouble },
  { name: 'inotify', find: lookAtInotify },
  { name: 'disk', find: lookAtDisks },
  { name: 'state', find: lookAtState },
  { name: 'dead letters', find: lookAtDeadLetters },
  { name: 'unit', find: lookAtUnit },
  { name: 'sandbox', find: lookAtSandbox },
  { name: 'dns', isRemote: true, find: resolveNames },
  { name: 'tcp', isRemote: true, find: openPorts },
  { name: 'tls', isRemote: true, find: lookAtCertificates },
  { name: 'destination', isRemote: true, find: tryLogins },
  { name: 'statsd', isRemote: true, find: tryStatsd },
];
