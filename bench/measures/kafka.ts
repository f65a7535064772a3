import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { leashed } from '../../test/support/child.ts';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { KafkaServer } from '../../test/support/kafka-server.ts';
import { lackOf } from '../../test/support/requirements.ts';
import type { Bench, Figure, Measure, Spread } from '../measure.ts';
import { interleaved, type Round } from '../support/rounds.ts';
import { Ship } from '../support/ship.ts';
import { spread, spreadOfRatios } from '../support/statistics.ts';
import { timed, type Usage } from '../support/timed.ts';

const root = join(import.meta.dirname, '../..');
const SAMPLE_MS = 20;

type KafkaRound = Round<'ours' | 'bare' | 'file', Usage & { peakMb?: number }>;

/** A whole journal into one partition, beside kafkajs alone sending the same payloads, ready in memory. */
export const kafka: Measure = {
  name: 'kafka',
  title: 'run --once into Kafka, beside the bare client with ready payloads',
  lack: () => lackOf('systemd-journal-remote') ?? lackOf('kafka'),
  inReport: { entries: 100_000, rounds: 3 },
  async run(bench) {
    const journal = await cachedJournal({ count: bench.entries });
    await using server = await KafkaServer.start();
    const ship = new Ship(bench.folder, 'kafka', { reader: { journal_path: journal } });
    await timed(await ship.prepare('--once')); // the payloads; the bare client reads them from this file
    const topics = new Topics(server, bench.entries);
    const rounds = await interleaved(bench, {
      ours: () => topics.filled((topic) => ours(bench, journal, server.address, topic)),
      bare: () => topics.filled((topic) => bare(server.address, topic, ship.output())),
      file: async () =>
        timed(await new Ship(bench.folder, 'beside', { reader: { journal_path: journal } }).prepare('--once')),
    });
    await ship.clear();
    return { figures: figuresOf(rounds, bench), rounds };
  },
};

/** A new topic for each run, which has to have every entry in the end. */
class Topics {
  private readonly server: KafkaServer;
  private readonly entries: number;
  private count = 0;

  constructor(server: KafkaServer, entries: number) {
    this.server = server;
    this.entries = entries;
  }

  async filled<T>(fill: (topic: string) => Promise<T>): Promise<T> {
    const topic = `run-${++this.count}`;
    await this.server.createTopic(topic);
    const result = await fill(topic);
    const [stored] = await this.server.counts(topic);
    if (stored !== this.entries) throw new Error(`${stored} messages in place of ${this.entries}`);
    await this.server.deleteTopic(topic);
    return result;
  }
}

async function ours(
  { folder }: Bench,
  journal: string,
  address: string,
  topic: string,
): Promise<Usage & { peakMb: number }> {
  const state = join(folder, 'kafka-state.json');
  const path = join(folder, 'kafka-run.json');
  const sender = { output_type: 'kafka', kafka_address: address, kafka_topic: topic };
  const reader = { journal_path: journal, senders: { kafka: sender } };
  await writeFile(path, JSON.stringify({ json_state_file_path: state, readers: { bench: reader } }));
  await rm(state, { force: true });
  const [command, ...args] = leashed(process.execPath, join(root, 'src/main.ts'), 'run', '--once', path);
  const begin = performance.now();
  const child = spawn(command, args, { stdio: 'ignore' });
  const own = { peakMb: 0, cpuSeconds: 0 };
  const timer = setInterval(() => {
    Object.assign(own, readProcess(child.pid!) ?? own);
  }, SAMPLE_MS);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`journalbridge ended with ${String(code)}`);
  return { wallSeconds: (performance.now() - begin) / 1000, ...own };
}

async function bare(address: string, topic: string, file: string): Promise<Usage> {
  const program = join(root, 'bench/support/bare-kafka.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, address, topic, file]);
  return JSON.parse(stdout) as Usage;
}

/** Peak memory and CPU time of our own process, without journalctl; undefined when it has just ended. */
function readProcess(pid: number): { peakMb: number; cpuSeconds: number } | undefined {
  try {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    if (peak === null) return undefined;
    const times = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ').slice(11, 13);
    return { peakMb: (Number(peak[1]) * 1024) / 1e6, cpuSeconds: (Number(times[0]) + Number(times[1])) / 100 };
  } catch {
    return undefined;
  }
}

function figuresOf(rounds: readonly KafkaRound[], { entries }: Bench): Figure[] {
  const spreadOf = (of: (round: KafkaRound) => number): Spread => spread(rounds.map(of));
  const rate = spreadOfRatios(
    rounds,
    ({ bare }) => bare.wallSeconds,
    ({ ours }) => ours.wallSeconds,
  );
  const rateOfFile = spreadOfRatios(
    rounds,
    ({ file }) => file.wallSeconds,
    ({ ours }) => ours.wallSeconds,
  );
  return [
    { name: 'our rate over that of the bare client', ...rate, unit: '×', target: { atLeast: 0.8 } },
    { name: 'our rate over that into a file', ...rateOfFile, unit: '×' },
    { name: 'peak memory', ...spreadOf(({ ours }) => ours.peakMb!), unit: 'MB', target: { atMost: 200 } },
    { name: 'our rate', ...spreadOf(({ ours }) => entries / ours.wallSeconds), unit: 'entries/s' },
    {
      name: 'our CPU, without journalctl',
      ...spreadOf(({ ours }) => (ours.cpuSeconds / entries) * 1e6),
      unit: 'µs/entry',
    },
    {
      name: 'CPU of the bare client',
      ...spreadOf(({ bare }) => (bare.cpuSeconds / entries) * 1e6),
      unit: 'µs/entry',
    },
  ];
}
