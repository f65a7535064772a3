import { setTimeout as pause } from 'node:timers/promises';
import { readersOf } from '../integration/processes.ts';
import type { Destination } from './destination.ts';
import type { Stage } from './stage.ts';

/** Something that goes wrong, and is right again when it resolves. */
export interface Fault {
  readonly name: string;
  readonly weight: number;
  happen(stage: Stage, random: () => number): Promise<void>;
}

const FILES_LEFT = 5;

/** What the soak draws from: every destination's ways to fail, and what befalls journal and daemon. */
export function faultsFor(destinations: readonly Destination[]): Fault[] {
  return [...destinations.flatMap(failuresOf), ...JOURNAL_FAULTS, ...DAEMON_FAULTS];
}

const JOURNAL_FAULTS: readonly Fault[] = [
  { name: 'journalctl killed', weight: 1, happen: (stage) => signalReaders(stage, 'SIGKILL') },
  { name: 'journalctl stopped', weight: 1, happen: (stage) => signalReaders(stage, 'SIGSTOP') },
  {
    name: 'journal rotated and vacuumed',
    weight: 2,
    happen: async ({ journald }) => {
      await journald.rotate();
      await journald.vacuum(FILES_LEFT);
    },
  },
  { name: 'journald restarted', weight: 1, happen: (stage) => stage.load.hold(() => restartJournald(stage)) },
];

const DAEMON_FAULTS: readonly Fault[] = [
  { name: 'daemon killed', weight: 3, happen: (stage) => stage.crash() },
  { name: 'reload, nothing new', weight: 1, happen: (stage) => stage.reload('same') },
  { name: 'reload, another config', weight: 1, happen: (stage) => stage.reload('other') },
  { name: 'reload, broken config', weight: 1, happen: (stage) => stage.reload('broken') },
];

function failuresOf(destination: Destination): Fault[] {
  return Object.entries(destination.failures).map(([failure, fail]) => ({
    name: `${destination.name}: ${failure}`,
    weight: 2,
    happen: async (_, random) => {
      await fail();
      await pause(3000 + random() * 12_000);
      await destination.heal();
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

/** One of the faults, each as often as its weight says. */
export function drawFault(faults: readonly Fault[], random: () => number): Fault {
  let left = random() * faults.reduce((sum, { weight }) => sum + weight, 0);
  return faults.find(({ weight }) => (left -= weight) < 0) ?? faults[0]!;
}
