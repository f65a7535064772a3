import type { Spread, Table } from '../measure.ts';
import { OURS } from '../shippers/journalbridge.ts';
import { isMet, numberText, targetText, type Report } from '../support/report.ts';
import type { Result } from '../support/results.ts';
import { nameOf, spreadText } from './table.ts';

/** More than this before a measure: somebody else was at work. What the measure before has left is about one. */
const BUSY_LOAD_PER_CORE = 2;

/** In every comparison all who did better than we, with both figures. */
export function notBetter({ measures }: Result): string {
  const lines = measures.flatMap(({ table }) => (table === undefined ? [] : betterThanOurs(table)));
  return lines.length === 0 ? 'In none of the comparisons on this page.' : lines.join('\n');
}

/** All wishes that the measured figures do not meet. */
export function missedWishes({ measures }: Result): string {
  const lines = measures.flatMap(({ name, figures }) =>
    figures
      .filter((figure) => isMet(figure) === false)
      .map((figure) => {
        const measured = `${spreadText(figure)} ${figure.unit}`.trim();
        return `- ${name}: ${figure.name} is ${measured}, wanted ${targetText(figure.target!)}.`;
      }),
  );
  return lines.length === 0 ? 'None: all figures are as wished.' : lines.join('\n');
}

/** A warning if the machine was busy with something else; empty if it was quiet. */
export function busyWarning({ measures, machine }: Result): string {
  const busy = measures.filter(({ load }) => load[0] > machine.cores * BUSY_LOAD_PER_CORE).map(({ name }) => name);
  if (busy.length === 0) return '';
  return `> **The machine was busy with something else** before these measures, so do not trust their times: ${busy.join(', ')}.`;
}

/** What it ran on, and the versions of all that took part. */
export function machineText({ machine, versions, measures }: Result): string {
  const all = Object.entries(Object.assign({}, versions, ...measures.map((each) => each.versions ?? {})) as object);
  const { cores, cpu, memoryGb, distribution, kernel, fileSystem } = machine;
  const until = measures.map(({ date }) => date).reduce((a, b) => (a > b ? a : b), '');
  const seconds = measures.reduce((sum, each) => sum + each.seconds, 0);
  return [
    `- ${cores} cores (${cpu}), ${memoryGb} GB; ${distribution}, Linux ${kernel}; file system ${fileSystem}.`,
    `- ${all.map(([name, version]) => `${name} ${String(version)}`).join(', ')}.`,
    `- Measured in ${Math.ceil(seconds / 60)} min, until ${until.slice(0, 16).replace('T', ' ')} UTC; the load was ${loadText(measures)}.`,
  ].join('\n');
}

function loadText(measures: readonly Report[]): string {
  const loads = measures.map(({ load }) => load[0]);
  return `between ${numberText(Math.min(...loads))} and ${numberText(Math.max(...loads))} before the measures`;
}

function betterThanOurs({ head, rows, better = [] }: Table): string[] {
  const ours = rows.find((row) => nameOf(row) === OURS);
  if (ours === undefined) return [];
  return head.flatMap((title, column) => {
    const sign = { more: 1, less: -1, '': 0 }[better[column] ?? ''];
    const own = ours[column]! as Spread;
    const ahead = rows.filter((row) => sign * ((row[column] as Spread).value - own.value) > 0);
    if (sign === 0 || ahead.length === 0) return [];
    const others = ahead.map((row) => `${nameOf(row)} ${numberText((row[column] as Spread).value)}`);
    return [`- **${title}**: journalbridge ${numberText(own.value)}, but ${others.join(', ')}.`];
  });
}
