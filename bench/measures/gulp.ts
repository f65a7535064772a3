import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild, leashed } from '../../test/support/child.ts';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { lackOf } from '../../test/support/requirements.ts';
import { until } from '../../test/support/until.ts';
import type { Bench, Measure, Spread } from '../measure.ts';
import { interleaved } from '../support/rounds.ts';
import { spread } from '../support/statistics.ts';

const root = join(import.meta.dirname, '../..');
const MANY = 20;
const DEADLINE_MS = 600_000;
/** Linux counts the time of a process in hundredths of a second. */
const TICK_US = 10_000;
const LIMITS = { cpuUs: 60, memoryMb: 150 };

interface Cost {
  readonly cpuUs: number;
  readonly peakMb: number;
  readonly restMb: number;
}

/** What a bridge of Gulp takes of its own, without its journalctl, while all its tasks read a journal from its head. */
export const gulp: Measure = {
  name: 'gulp',
  title: 'the bridge of Gulp, one task and twenty, from the head of a journal; the whole daemon, less journalctl',
  lack: () => lackOf('systemd-journal-remote'),
  inReport: { entries: 50_000, rounds: 1 },
  async run(bench) {
    const journal = await cachedJournal({ count: bench.entries });
    const rounds = await interleaved(bench, {
      one: () => costOf(bench, journal, 1),
      many: () => costOf(bench, journal, MANY),
    });
    const middle = (of: 'one' | 'many', what: keyof Cost): Spread => spread(rounds.map((round) => round[of][what]));
    const cpu = { unit: 'µs', target: { atMost: LIMITS.cpuUs } };
    const memory = { unit: 'MB', target: { atMost: LIMITS.memoryMb } };
    return {
      figures: [
        { name: 'CPU of an entry, one task', ...middle('one', 'cpuUs'), ...cpu },
        { name: `CPU of an entry, ${MANY} tasks`, ...middle('many', 'cpuUs'), ...cpu },
        { name: `peak memory, ${MANY} tasks`, ...middle('many', 'peakMb'), ...memory },
        { name: `memory when they follow, ${MANY} tasks`, ...middle('many', 'restMb'), ...memory },
      ],
      rounds,
    };
  },
};

async function costOf({ folder, entries }: Bench, journal: string, tasks: number): Promise<Cost> {
  const operations = Array.from({ length: tasks }, (_, i) => `op${i}`);
  const manager = start(
    join(root, 'test/support/gulp/serve.ts'),
    ...['--port', '0', '--user', 'bridge', '--forget-documents'],
    ...operations.flatMap((operation) => ['--operation', operation]),
  );
  const statePath = join(folder, 'gulp-state.json');
  let daemon: ChildProcess | undefined;
  try {
    const [line] = (await once(manager.stdout!, 'data')) as [Buffer];
    const configPath = join(folder, 'gulp.json');
    const config = configFor({ statePath, journal, operations, url: line.toString().trim() });
    await writeFile(configPath, JSON.stringify(config));
    daemon = start(join(root, 'src/main.ts'), 'run', configPath);
    const { pid } = daemon;
    const wanted = entries * tasks;
    await until(async () => (await sentBy(statePath)) >= wanted, {
      what: `${wanted} entries to be stored`,
      deadlineMs: DEADLINE_MS,
    });
    return {
      cpuUs: (ticksOf(pid!) * TICK_US) / wanted,
      peakMb: memoryOf(pid!, 'VmHWM'),
      restMb: memoryOf(pid!, 'VmRSS'),
    };
  } finally {
    if (daemon !== undefined) await endChild(daemon);
    await endChild(manager);
    await rm(statePath, { force: true });
  }
}

interface Parts {
  readonly statePath: string;
  readonly journal: string;
  readonly operations: readonly string[];
  readonly url: string;
}

function configFor({ statePath, journal, operations, url }: Parts): object {
  const tasks = operations.map((id) => ({ operation_id: id, custom_parameters: { initial_position: 'head' } }));
  const sender = { output_type: 'gulp', url_server: url, user_id: 'bridge', password: 'Bridge-Pass1', tasks };
  const reader = { journal_path: journal, senders: { gulp: sender } };
  return { json_state_file_path: statePath, readers: { bench: reader } };
}

function start(...args: readonly string[]): ChildProcess {
  const [command, ...rest] = leashed(process.execPath, ...args);
  return spawn(command, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
}

interface State {
  readonly readers: Record<
    string,
    { senders: Record<string, { deliveries?: Record<string, { sent: { count: number } }> }> }
  >;
}

/** What all tasks have sent, by the state file. */
async function sentBy(statePath: string): Promise<number> {
  const text = await readFile(statePath, 'utf8').catch(() => undefined);
  if (text === undefined) return 0; // not written yet
  const deliveries = (JSON.parse(text) as State).readers['bench']?.senders['gulp']?.deliveries ?? {};
  return Object.values(deliveries).reduce((sum, { sent }) => sum + sent.count, 0);
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function memoryOf(pid: number, name: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
}
