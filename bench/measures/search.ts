import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { leashed } from '../../test/support/child.ts';
import type { CommandLine } from '../../test/support/child.ts';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { lackOf } from '../../test/support/requirements.ts';
import { SearchServer } from '../../test/support/search-server.ts';
import type { Bench, Measure, Spread } from '../measure.ts';
import { interleaved } from '../support/rounds.ts';
import { Ship } from '../support/ship.ts';
import { spread, spreadOfRatios } from '../support/statistics.ts';
import { timed } from '../support/timed.ts';

/** What one way to the server took. CPU is that of the Node process alone; wall time of ours includes its start. */
interface Passage {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

const bare = join(import.meta.dirname, '../support/bare-search.ts');
const main = join(import.meta.dirname, '../../src/main.ts');
const TICKS_PER_SECOND = 100;

/** A journal into OpenSearch, beside the bare client that sends the same payloads, made beforehand, with as many requests at a time. */
export const search: Measure = {
  name: 'search',
  title: 'run --once to OpenSearch, beside its bare client with ready-made payloads',
  lack: () => lackOf('systemd-journal-remote') ?? lackOf('opensearch'),
  inReport: { entries: 100_000, rounds: 3 },
  async run(bench) {
    const journal = await cachedJournal({ count: bench.entries });
    const lines = await linesOf(bench, journal);
    await using server = await SearchServer.start('opensearch', { heap: '1g', isFast: true });
    const own = async (): Promise<Passage> => {
      const config = join(bench.folder, 'search.json');
      const sender = { output_type: 'opensearch', opensearch_url: server.url, opensearch_index_prefix: 'ours' };
      await writeFile(config, JSON.stringify({ readers: { r: { journal_path: journal, senders: { s: sender } } } }));
      return passage(bench, server, 'ours', [process.execPath, main, 'run', '--once', config]);
    };
    const contestants = {
      ours: own,
      bare: () => passage(bench, server, 'bare', [process.execPath, bare, server.url, lines]),
    };
    await own(); // the server's compiler warms up
    const rounds = await interleaved(bench, contestants);
    const rate = (name: 'ours' | 'bare'): Spread =>
      spread(rounds.map((round) => bench.entries / round[name].wallSeconds));
    const cpu = (name: 'ours' | 'bare'): Spread =>
      spread(rounds.map((round) => (round[name].cpuSeconds / bench.entries) * 1e6));
    const ratio = spreadOfRatios(
      rounds,
      ({ bare }) => bare.wallSeconds,
      ({ ours }) => ours.wallSeconds,
    );
    return {
      figures: [
        { name: "our rate over the bare client's", ...ratio, unit: '×', target: { atLeast: 0.8 } },
        {
          name: 'our peak memory',
          ...spread(rounds.map(({ ours }) => ours.peakMb)),
          unit: 'MB',
          target: { atMost: 200 },
        },
        { name: 'our rate', ...rate('ours'), unit: 'entries/s' },
        { name: "the bare client's rate", ...rate('bare'), unit: 'entries/s' },
        { name: 'our CPU, without journalctl', ...cpu('ours'), unit: 'µs/entry' },
        { name: "the bare client's CPU", ...cpu('bare'), unit: 'µs/entry' },
      ],
      rounds,
    };
  },
};

/** The payloads as the file sender writes them. */
async function linesOf({ folder, entries }: Bench, journal: string): Promise<string> {
  const ship = new Ship(folder, 'search-lines', { reader: { journal_path: journal } });
  await timed(await ship.prepare('--once'));
  await ship.verify(entries);
  return ship.output();
}

/** Runs it into an empty index, and makes sure that all has arrived. */
async function passage(bench: Bench, server: SearchServer, prefix: string, line: CommandLine): Promise<Passage> {
  await server.ask('DELETE', `/${prefix}-2026-01-01?ignore_unavailable=true`);
  const [command, ...args] = leashed(...line);
  const begin = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let last = { peakMb: 0, cpuSeconds: 0 };
  const timer = setInterval(() => (last = usageOf(child.pid!) ?? last), 20);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number];
  clearInterval(timer);
  const wallSeconds = (performance.now() - begin) / 1000;
  const count = await server.count(`${prefix}-*`);
  if (code !== 0 || count !== bench.entries) throw new Error(`${prefix}: ended with ${code}, ${count} entries arrived`);
  // The bare client does not count its start and the making of its payloads.
  return { wallSeconds, ...last, ...(prefix === 'bare' && (JSON.parse(said) as Partial<Passage>)) };
}

function usageOf(pid: number): { peakMb: number; cpuSeconds: number } | undefined {
  try {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ').slice(11, 13);
    if (peak === undefined) return undefined; // it has just ended
    return { peakMb: (Number(peak) * 1024) / 1e6, cpuSeconds: (Number(user) + Number(system)) / TICKS_PER_SECOND };
  } catch {
    return undefined; // it has just ended
  }
}
