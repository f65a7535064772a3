import type { Spread, Table } from '../measure.ts';
import { isMet, numberText, targetText, type Report } from '../support/report.ts';

/** A measure's section: its table, or its figures as one, and how they were taken. */
export function sectionOf(report: Report | undefined): string {
  if (report === undefined) return 'Not measured.';
  if (report.figures.length === 0) return `Not measured: ${report.failure ?? report.skipped ?? 'no figures'}.`;
  const tables = report.table === undefined ? [figuresTable(report)] : [markdownOf(report.table), wishesOf(report)];
  return [...tables.filter(Boolean), howTaken(report)].join('\n\n');
}

/** Who or what a row is about. */
export function nameOf([name]: Table['rows'][number]): string {
  return typeof name === 'string' ? name : '';
}

/** A number and what the rounds lay between, if that is something else. */
export function spreadText({ value, range = [value, value] }: Spread): string {
  const [text, least, most] = [value, ...range].map(numberText) as [string, string, string];
  return least === most ? text : `${text} (${least} to ${most})`;
}

function markdownOf({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const alignment = head.map((_, column) => (isNumeric(rows, column) ? '---:' : '---'));
  const body = rows.map((row) => line(row.map((cell) => (typeof cell === 'string' ? cell : spreadText(cell)))));
  return [line(head), line(alignment), ...body].join('\n');
}

function isNumeric(rows: Table['rows'], column: number): boolean {
  return column > 0 && rows.some((row) => typeof row[column] !== 'string');
}

function figuresTable({ figures }: Report): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${spreadText(figure)} ${figure.unit}`.trim(),
    figure.target === undefined ? '' : `${targetText(figure.target)}${isMet(figure) === true ? '' : ' (not met)'}`,
  ]);
  return markdownOf({ head: ['', 'Measured', 'Wanted'], rows });
}

/** The figures of a measure with a table that have a target, as a list. */
function wishesOf({ figures }: Report): string {
  return figures
    .filter(({ target }) => target !== undefined)
    .map((figure) => {
      const verdict = isMet(figure) === true ? 'met' : 'not met';
      const measured = `${spreadText(figure)} ${figure.unit}`.trim();
      return `- ${figure.name}: ${measured}; wanted ${targetText(figure.target!)}, ${verdict}.`;
    })
    .join('\n');
}

function howTaken({ count, entries, load, seconds, date, taken }: Report): string {
  const rounds = count === 1 ? 'one round' : `${count} rounds`;
  const [before, after] = load;
  return `_${rounds} with ${numberText(entries)} entries, load ${before} before and ${after} after, ${Math.round(seconds)} s, ${date.slice(0, 10)}${taken === undefined ? '' : `, commit ${taken}`}._`;
}
