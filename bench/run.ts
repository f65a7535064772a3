import { mkdir, mkdtempDisposable } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { messageOf } from '../src/errors.ts';
import type { Bench, Measure } from './measure.ts';
import { writePage } from './report/page.ts';
import { readArguments, USAGE, type Request } from './support/arguments.ts';
import { describeMachine, describeVersions, load } from './support/machine.ts';
import { isMet, tableOf, withVerdicts, type Report } from './support/report.ts';
import { keepResult, shownResult, type Result } from './support/results.ts';

// `npm run bench`: takes the measures, shows them beside their targets, and keeps everything.

const root = join(import.meta.dirname, '..');
/** Below this the start of the process is a large part of every figure. */
const FEW_ENTRIES = 100_000;
const cache = join(root, '.cache'); // the disk that the journals are on, as /tmp may be memory

process.exitCode = await main();

async function main(): Promise<number> {
  let request: Request | undefined;
  try {
    request = readArguments();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n${USAGE}`);
    return 2;
  }
  if (request === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const reports = await takeAll(request);
  return reports.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

/** Takes the measures one after the other; what is found is kept after each, so that an end in the middle loses little. */
async function takeAll({ measures, isReport, optionsOf }: Request): Promise<Report[]> {
  await mkdir(cache, { recursive: true });
  await using folder = await mkdtempDisposable(join(cache, 'bench-'));
  const [machine, versions, date] = [describeMachine(folder.path), describeVersions(), new Date().toISOString()];
  console.log(`${machine.cores} × ${machine.cpu}, ${machine.distribution}, load ${load()}`);
  const before = isReport ? ((await shownResult())?.measures ?? []) : [];
  const reports: Report[] = [];
  for (const measure of measures) {
    const report = await take(measure, { ...optionsOf(measure), folder: folder.path, say: sayerOf(measure) });
    reports.push({ ...report, taken: versions['journalbridge']! });
    sayerOf(measure)('');
    process.stdout.write(tableOf(report));
    const kept = before.filter(({ name }) => !reports.some((each) => each.name === name));
    const result: Result = { date, machine, versions, measures: [...reports, ...kept].map(withVerdicts) };
    const path = await keepResult(result, isReport);
    const written = [path, ...(isReport ? await writePage(result) : [])];
    if (reports.length === measures.length)
      console.log(`\n${summaryOf(reports)} All of it: ${written.map((each) => relative('.', each)).join(', ')}`);
  }
  return reports;
}

async function take(measure: Measure, bench: Bench): Promise<Report> {
  const { name, title } = measure;
  if (bench.entries < FEW_ENTRIES && measure.inReport?.entries === undefined)
    console.log('So few entries only show that it runs: the start counts for more than the shipping.');
  const before = load();
  const begin = performance.now();
  const { entries, rounds: count } = bench;
  const report = (rest: Partial<Report>): Report => {
    const seconds = Math.round((performance.now() - begin) / 100) / 10;
    const date = new Date().toISOString();
    const how = { date, seconds, load: [before, load()] as const, entries, count };
    return { name, title, ...how, figures: [], rounds: [], ...rest };
  };
  const skipped = measure.lack?.();
  if (skipped !== undefined) return report({ skipped });
  try {
    return report(await measure.run(bench));
  } catch (error) {
    return report({ failure: messageOf(error) });
  }
}

function summaryOf(reports: readonly Report[]): string {
  const verdicts = reports.flatMap(({ figures }) => figures.map(isMet)).filter((verdict) => verdict !== undefined);
  const met = verdicts.filter(Boolean).length;
  const without = reports.filter(({ figures }) => figures.length === 0).map(({ name }) => name);
  const rest = without.length === 0 ? '' : ` Without figures: ${without.join(', ')}.`;
  return `${met} of ${verdicts.length} targets met.${rest}`;
}

/** One line on a terminal that the next one replaces; nothing elsewhere. */
function sayerOf({ name }: Measure): (text: string) => void {
  return (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text === '' ? '' : `${name}: ${text}`}`);
  };
}
