import { setTimeout as pause } from 'node:timers/promises';
import { readersOf } from '../integration/processes.ts';
import type { Destination } from './destination.ts';
import type { Stage } from './stage.ts';

/** Something that goes wrong, and is right again when it resolves. */
export interface Fault {
  readonly name: string;
  /** Whether other things may go wrong meanwhile. */
  readonly overlaps: boolean;
  happen(stage: Stage, outageMs: number): Promise<void>;
}

const FILES_LEFT = 4;

/** All that can go wrong: every destination's ways to fail, and what befalls journal and daemon. */
export function faultsFor(destinations: readonly Destination[]): Fault[] {
  return [...destinations.flatMap(failuresOf), ...JOURNAL_FAULTS, ...DAEMON_FAULTS];
}

const JOURNAL_FAULTS: readonly Fault[] = [
  { name: 'journalctl killed', overlaps: false, happen: (stage) => signalReaders(stage, 'SIGKILL') },
  { name: 'journalctl stopped', overlaps: false, happen: (stage) => signalReaders(stage, 'SIGSTOP') },
  { name: 'journald rotated', overlaps: false, happen: ({ journald }) => journald.rotate() },
  {
    name: 'journal vacuumed',
    overlaps: false,
    happen: async ({ journald }) => {
      await journald.rotate();
      await journald.vacuum(FILES_LEFT);
    },
  },
  { name: 'journald restarted', overlaps: false, happen: (stage) => stage.load.hold(() => restartJournald(stage)) },
];

const DAEMON_FAULTS: readonly Fault[] = [
  { name: 'daemon: kill -9', overlaps: false, happen: (stage) => stage.crash() },
  { name: 'daemon: SIGTERM', overlaps: false, happen: (stage) => stage.restartDaemon() },
  { name: 'daemon: SIGHUP, the same config', overlaps: false, happen: (stage) => stage.reload('same') },
  { name: 'daemon: SIGHUP, another config', overlaps: false, happen: (stage) => stage.reload('other') },
  { name: 'daemon: SIGHUP, a broken config', overlaps: false, happen: (stage) => stage.reload('broken') },
  {
    name: 'state directory full',
    overlaps: true,
    happen: async (stage, outageMs) => {
      await stage.fillState();
      await pause(outageMs);
      await stage.freeState();
    },
  },
];

/** One at a time of each destination, so that each shows what it alone does. */
function failuresOf(destination: Destination): Fault[] {
  let last = Promise.resolve();
  return Object.entries(destination.failures).map(([failure, fail]) => ({
    name: `${destination.name}: ${failure}`,
    overlaps: true,
    happen: (_, outageMs) => {
      last = last.then(async () => {
        await fail();
        await pause(outageMs);
        await destination.heal();
      });
      return last;
    },
  }));
}

async function signalReaders({ daemon }: Stage, signal: NodeJS.Signals): Promise<void> {
  for (const pid of await readersOf(daemon.pid)) process.kill(pid, signal);
}

async function restartJournald({ journald }: Stage): Promise<void> {
  await journald.sync();
  await journald.restart();
}
