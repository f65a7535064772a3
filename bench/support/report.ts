import type { Figure, Measure, Table, Target } from '../measure.ts';

/** What became of one measure. */
export interface Report {
  readonly name: string;
  readonly title: string;
  /** When it was taken, of which journalbridge, with how large a journal and in how many rounds. */
  readonly date: string;
  readonly taken?: string;
  readonly entries: number;
  readonly count: number;
  readonly seconds: number;
  /** Load of the machine before and after: much more than our own, and the figures are worth little. */
  readonly load: readonly [before: number, after: number];
  readonly figures: readonly Figure[];
  readonly table?: Table;
  readonly rounds: readonly unknown[];
  readonly versions?: Readonly<Record<string, string>>;
  /** Why there are no figures. */
  readonly failure?: string;
  readonly skipped?: string;
}

/** The text of a measure's report: its title, and a line for each figure with its target. */
export function tableOf(report: Report): string {
  const { name, title, figures } = report;
  const reason = report.failure === undefined ? undefined : `failed: ${report.failure}`;
  const heading = `\n${name}: ${title}\n`;
  if (figures.length === 0) return `${heading}  ${reason ?? `skipped: ${report.skipped ?? ''}`}\n`;
  const width = Math.max(...figures.map((figure) => figure.name.length));
  const lines = figures.map((figure) => {
    const value = `${numberText(figure.value)} ${figure.unit}`;
    return `  ${figure.name.padEnd(width)}  ${value.padEnd(18)} ${verdictOf(figure)}`.trimEnd();
  });
  return `${heading}${lines.join('\n')}\n`;
}

/** The report as it is kept: with what the targets say of the figures. */
export function withVerdicts(report: Report): Report {
  return { ...report, figures: report.figures.map((figure) => ({ ...figure, met: isMet(figure) })) };
}

/** Whether the figure has reached its target; undefined without one. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  const { atMost = Infinity, atLeast = -Infinity } = target;
  return value <= atMost && value >= atLeast;
}

/** The names of all measures with what they measure, for the help. */
export function listOf(measures: readonly Measure[]): string {
  const width = Math.max(...measures.map(({ name }) => name.length));
  return measures.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join('\n');
}

function verdictOf(figure: Figure): string {
  const verdict = isMet(figure);
  if (verdict === undefined) return '';
  return `${verdict ? 'met' : 'MISSED'} (${targetText(figure.target!)})`;
}

/** What was wanted, in words. */
export function targetText({ atMost, atLeast }: Target): string {
  return atMost === undefined ? `at least ${String(atLeast)}` : `at most ${atMost}`;
}

/** A number with as many digits as matter. */
export function numberText(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
