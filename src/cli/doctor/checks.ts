import type { Check } from './check.ts';
import { findClockTrouble } from './clock.ts';
import { findConfigFaults } from './config.ts';
import { lookAtCredentials } from './credentials.ts';
import { lookAtDeadLetters } from './dead-letters.ts';
import { lookAtDisks } from './disk.ts';
import { resolveNames } from './dns.ts';
import { lookAtInotify } from './inotify.ts';
import { readJournals } from './journal.ts';
import { lookAtJournalctl } from './journalctl.ts';
import { tryLogins } from './login.ts';
import { lookAtSandbox } from './sandbox.ts';
import { lookAtState } from './state.ts';
import { tryStatsd } from './statsd.ts';
import { lookAtStorage } from './storage.ts';
import { openPorts } from './tcp.ts';
import { lookAtCertificates } from './tls.ts';
import { lookAtUnit } from './unit.ts';
import { lookAtUser } from './user.ts';

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
