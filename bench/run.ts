import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.ts';
import type { Bench, Measure } from './measure.ts';
import { files } from './measures/files.ts';
import { follow } from './measures/follow.ts';
import { gulp } from './measures/gulp.ts';
import { idle } from './measures/idle.ts';
import { kafka } from './measures/kafka.ts';
import { sizes } from './measures/sizes.ts';
import { crash } from './measures/crash.ts';
import { fidelity } from './measures/fidelity.ts';
import { peers } from './measures/peers.ts';
import { redaction } from './measures/redaction.ts';
import { search } from './measures/search.ts';
import { senders } from './measures/senders.ts';
import { start } from './measures/start.ts';
import { throughput } from './measures/throughput.ts';
import { describeMachine, describeVersions, load } from './support/machine.ts';
import { isMet, listOf, tableOf, type Report } from './support/report.ts';

// `npm run bench`: takes the measures, shows them beside their targets, and keeps everything in bench/results.

const MEASURES: readonly Measure[] = [
  throughput,
  senders,
  files,
  sizes,
  idle,
  start,
  follow,
  redaction,
  search,
  kafka,
  gulp,
  peers,
  crash,
  fidelity,
];

const USAGE = `Usage: npm run bench [-- [--entries N] [--rounds N] [--large] [--window SECONDS] [MEASURE …]]

  --entries N       size of the journal (200000)
  --rounds N        rounds of each measure; its figures are medians (5)
  --large           memory also with a journal of a million entries
  --window SECONDS  how long to look at an idle daemon (30)

Measures, all unless some are named:
${listOf(MEASURES)}
`;

const root = join(import.meta.dirname, '..');
/** Below this the start of the process is a large part of every figure. */
const FEW_ENTRIES = 100_000;
const cache = join(root, '.cache'); // the disk that the journals are on, as /tmp may be memory

process.exitCode = await main();

async function main(): Promise<number> {
  const request = readArguments();
  if (typeof request === 'number') return request;
  const { measures, options } = request;
  await mkdir(cache, { recursive: true });
  await using folder = await mkdtempDisposable(join(cache, 'bench-'));
  const machine = describeMachine(folder.path);
  console.log(`${machine.cores} × ${machine.cpu}, ${machine.distribution}, load ${load()}`);
  if (options.entries < FEW_ENTRIES)
    console.log('So few entries only show that it runs: the start counts for more than the shipping.');
  const reports: Report[] = [];
  for (const measure of measures) {
    const report = await take(measure, {
      ...options,
      folder: folder.path,
      say: (text) => {
        say(`${measure.name}: ${text}`);
      },
    });
    reports.push(report);
    say('');
    process.stdout.write(tableOf(report));
  }
  const date = new Date().toISOString();
  const result = { date, machine, versions: describeVersions(), options, measures: reports.map(withVerdicts) };
  const file = join(root, 'bench/results', `${date.slice(0, 19).replaceAll(':', '-')}.json`);
  await mkdir(join(root, 'bench/results'), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, undefined, 1)}\n`);
  console.log(`\n${summaryOf(reports)} All of it: ${relative('.', file)}`);
  return reports.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

/** The command line in the shape that the program works with. */
interface Request {
  readonly measures: readonly Measure[];
  readonly options: Omit<Bench, 'folder' | 'say'>;
}

/** What is asked for; an exit code if it is no measure. */
function readArguments(): Request | number {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        entries: { type: 'string', default: '200000' },
        rounds: { type: 'string', default: '5' },
        window: { type: 'string', default: '30' },
        large: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const named = positionals.map(measureOf);
    const options = {
      entries: countOf('entries', values.entries),
      rounds: countOf('rounds', values.rounds),
      large: values.large,
      windowSeconds: countOf('window', values.window),
    };
    return { measures: named.length === 0 ? MEASURES : named, options };
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n${USAGE}`);
    return 2;
  }
}

function measureOf(name: string): Measure {
  const measure = MEASURES.find((each) => each.name === name);
  if (measure === undefined) throw new Error(`there is no measure "${name}"`);
  return measure;
}

function countOf(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} takes a whole number above 0`);
  return Number(text);
}

async function take(measure: Measure, bench: Bench): Promise<Report> {
  const { name, title } = measure;
  const before = load();
  const begin = performance.now();
  const report = (rest: Partial<Report>): Report => {
    const seconds = Math.round((performance.now() - begin) / 100) / 10;
    return { name, title, seconds, load: [before, load()], figures: [], rounds: [], ...rest };
  };
  const skipped = measure.lack?.();
  if (skipped !== undefined) return report({ skipped });
  try {
    return report(await measure.run(bench));
  } catch (error) {
    return report({ failure: messageOf(error) });
  }
}

function withVerdicts(report: Report): object {
  return { ...report, figures: report.figures.map((figure) => ({ ...figure, met: isMet(figure) })) };
}

function summaryOf(reports: readonly Report[]): string {
  const verdicts = reports.flatMap(({ figures }) => figures.map(isMet)).filter((verdict) => verdict !== undefined);
  const met = verdicts.filter(Boolean).length;
  const without = reports.filter(({ figures }) => figures.length === 0).map(({ name }) => name);
  const rest = without.length === 0 ? '' : ` Without figures: ${without.join(', ')}.`;
  return `${met} of ${verdicts.length} targets met.${rest}`;
}

/** One line on a terminal that the next one replaces; nothing elsewhere. */
function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
