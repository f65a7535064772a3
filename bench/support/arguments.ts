import { parseArgs } from 'node:util';
import type { Bench, Measure } from '../measure.ts';
import { MEASURES } from '../measures/all.ts';
import { listOf } from './report.ts';

export const USAGE = `Usage: npm run bench [-- [--report] [--entries N] [--rounds N] [--large] [--window SECONDS] [MEASURE …]]

  --report          take what docs/performance.md shows, keep it in bench/results and write the page;
                    with measures named, these anew and the others as they were
  --entries N       size of the journal (200000); with --report at most
  --rounds N        rounds of each measure; its figures are medians (5); with --report at most
  --large           also journals of one and five million entries; on with --report unless --no-large
  --window SECONDS  how long to look at an idle daemon (30)

Measures, all unless some are named:
${listOf(MEASURES)}
`;

/** The command line in the shape that the program works with. */
export interface Request {
  readonly measures: readonly Measure[];
  readonly isReport: boolean;
  /** What a measure is taken with. */
  readonly optionsOf: (measure: Measure) => Omit<Bench, 'folder' | 'say'>;
}

/** What is asked for; undefined for help. Throws at what cannot be understood. */
export function readArguments(args?: readonly string[]): Request | undefined {
  const { values, positionals } = parseArgs({
    ...(args !== undefined && { args: [...args] }),
    allowPositionals: true,
    allowNegative: true,
    options: {
      report: { type: 'boolean', default: false },
      entries: { type: 'string', default: '200000' },
      rounds: { type: 'string', default: '5' },
      window: { type: 'string', default: '30' },
      large: { type: 'boolean' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const named = positionals.map(measureOf);
  const entries = countOf('entries', values.entries);
  const rounds = countOf('rounds', values.rounds);
  const shared = { large: values.large ?? values.report, windowSeconds: countOf('window', values.window) };
  return {
    measures: named.length === 0 ? MEASURES : named,
    isReport: values.report,
    optionsOf: ({ inReport = {} }) => {
      const most = values.report ? inReport : {};
      return {
        ...shared,
        entries: Math.min(entries, most.entries ?? entries),
        rounds: Math.min(rounds, most.rounds ?? rounds),
      };
    },
  };
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
