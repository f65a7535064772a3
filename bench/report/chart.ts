import type { Spread, Table } from '../measure.ts';
import { OURS } from '../shippers/journalbridge.ts';
import { numberText, type Report } from '../support/report.ts';
import { nameOf } from './table.ts';

const WIDTH = 960;
const NAMES_WIDTH = 150;
const GAP = 34;
const TOP = 96;
const ROW = 32;
const BAR = 18;
/** What the longest bar leaves for its number. */
const BAR_SHARE = 0.76;
/** The panels: a column of the table by its place, what it shows, what is better, and the axis below. */
const PANELS = [
  { column: 1, title: 'Speed', hint: 'longer is better', axis: 'entries per second' },
  { column: 2, title: 'CPU', hint: 'shorter is better', axis: 'seconds per million entries' },
  { column: 3, title: 'Memory of its own', hint: 'shorter is better', axis: 'MB, anonymous, at the peak' },
];
const PANEL_WIDTH = (WIDTH - NAMES_WIDTH - GAP * PANELS.length) / PANELS.length;

const STYLE = `
text { font: 13px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328; }
.title { font-size: 17px; font-weight: 600; }
.panel { font-weight: 600; }
.faint { fill: #59636e; font-size: 12px; }
.own { font-weight: 600; }
.bar { fill: #9aa5b1; }
.own-bar { fill: #2f6fde; }
.line { stroke: #d1d9e0; stroke-width: 1; }
.range { stroke: #1f2328; stroke-width: 1.5; opacity: 0.55; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .faint { fill: #9198a1; }
  .bar { fill: #6b7683; }
  .own-bar { fill: #5a96ff; }
  .line { stroke: #3d444d; }
  .range { stroke: #e6edf3; }
}`;

/** The picture: what a whole journal took each shipper, as bars side by side. */
export function chartOf(report: Report | undefined): string {
  const { table, entries = 0 } = report ?? {};
  const title = `A journal of ${numberText(entries)} entries into a file`;
  const height = TOP + ROW * (table?.rows.length ?? 0) + 56;
  const body = table === undefined ? text('not measured', { x: 24, y: TOP }) : bodyOf(table);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(title)}: speed, CPU time and memory of each shipper</title>
<style>${STYLE}
</style>
${text(title, { x: 24, y: 32, class: 'title' })}
${body}
</svg>
`;
}

function bodyOf(table: Table): string {
  const names = table.rows
    .map(nameOf)
    .map((name, row) =>
      text(name, { x: NAMES_WIDTH, y: middleOf(row), class: name === OURS ? 'own' : '', 'text-anchor': 'end' }),
    );
  return [...names, ...PANELS.map((panel, n) => panelOf(panel, NAMES_WIDTH + GAP * (n + 0.4) + PANEL_WIDTH * n, table))]
    .flat()
    .join('\n');
}

function panelOf({ column, title, hint, axis }: (typeof PANELS)[number], left: number, { rows }: Table): string[] {
  const spreads = rows.map((row) => row[column] as Spread);
  const most = Math.max(...spreads.map(({ value, range }) => range?.[1] ?? value));
  const scale = (value: number): number => left + (value / most) * PANEL_WIDTH * BAR_SHARE;
  const bottom = TOP + ROW * rows.length + 4;
  const ticks = ticksTo(most).flatMap((tick) => [
    line({ x1: scale(tick), y1: TOP - 6, x2: scale(tick), y2: bottom, class: 'line' }),
    text(numberText(tick).replace(/\.0+$/, ''), {
      x: scale(tick),
      y: bottom + 16,
      class: 'faint',
      'text-anchor': 'middle',
    }),
  ]);
  return [
    text(title, { x: left, y: 62, class: 'panel' }),
    text(hint, { x: left, y: 79, class: 'faint' }),
    ...ticks,
    ...rows.flatMap(([name], row) => barOf(spreads[row]!, { left, row, scale, isOwn: name === OURS })),
    text(axis, { x: left, y: bottom + 36, class: 'faint' }),
  ];
}

interface Place {
  readonly left: number;
  readonly row: number;
  readonly isOwn: boolean;
  readonly scale: (value: number) => number;
}

function barOf({ value, range = [value, value] }: Spread, { left, row, scale, isOwn }: Place): string[] {
  const [x1, x2] = range.map(scale) as [number, number];
  const y = middleOf(row) - 4.5;
  const bar = { x: left, y: y - BAR / 2, width: scale(value) - left, height: BAR, rx: 2 };
  return [
    `<rect${attributes({ ...bar, class: isOwn ? 'own-bar' : 'bar' })}/>`,
    line({ x1, y1: y, x2, y2: y, class: 'range' }),
    text(numberText(value), { x: Math.max(scale(value), x2) + 6, y: middleOf(row), class: isOwn ? 'own' : '' }),
  ];
}

function middleOf(row: number): number {
  return TOP + ROW * row + ROW / 2 + 4.5;
}

/** Three to five round numbers from 0 on. */
function ticksTo(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / 3));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => most / each <= 4) ?? most;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
}

type Attributes = Readonly<Record<string, string | number>>;

function text(content: string, place: Attributes): string {
  return `<text${attributes(place)}>${escaped(content)}</text>`;
}

function line(place: Attributes): string {
  return `<line${attributes(place)}/>`;
}

function attributes(all: Attributes): string {
  const written = Object.entries(all).filter(([, value]) => value !== '');
  return written.map(([name, value]) => ` ${name}="${typeof value === 'number' ? round(value) : value}"`).join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
