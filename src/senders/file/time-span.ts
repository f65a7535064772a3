import { parseTemplate } from '../template.ts';

/** The time that a name tells, in ms; both are NaN when no year is among it, so that it comes again and again. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

const UNKNOWN: Span = { startMs: NaN, endMs: NaN };
const LENGTH_MS: Readonly<Record<string, number>> = { S: 1000, M: 60_000, H: 3_600_000, d: 864e5, j: 864e5, F: 864e5 };

/** What parts of the time, each a letter and its text, say together; undefined when there is no such time. */
export function spanOf(times: readonly string[]): Span | undefined {
  const texts = new Map(times.map((time) => [time[0]!, time.slice(1)]));
  const date = dateOf(texts);
  const isExact = times.every((time) => textOf(time[0]!, date) === time.slice(1));
  if (!isExact) return undefined;
  if (!['Y', 'y', 'F'].some((letter) => texts.has(letter))) return UNKNOWN;
  return { startMs: date, endMs: endOf(date, texts) };
}

/** The beginning of the time; of a leap year where none is told. */
function dateOf(texts: ReadonlyMap<string, string>): number {
  const [year, month, day] = texts.get('F')?.split('-') ?? [];
  const number = (letter: string, other: string | undefined, least: number): number =>
    Number(texts.get(letter) ?? other ?? least);
  const y = texts.has('y') ? `20${texts.get('y')}` : undefined;
  const isByDay = texts.has('j') && !['m', 'd', 'F'].some((letter) => texts.has(letter));
  const date = new Date(0);
  date.setUTCFullYear(
    number('Y', year ?? y, 2000),
    isByDay ? 0 : number('m', month, 1) - 1,
    isByDay ? number('j', undefined, 1) : number('d', day, 1),
  );
  return date.setUTCHours(number('H', undefined, 0), number('M', undefined, 0), number('S', undefined, 0));
}

/** When the smallest part of the time that is told is over. */
function endOf(startMs: number, texts: ReadonlyMap<string, string>): number {
  const finest = ['S', 'M', 'H', 'd', 'j', 'F'].find((letter) => texts.has(letter));
  if (finest !== undefined) return startMs + LENGTH_MS[finest]!;
  const date = new Date(startMs);
  return texts.has('m') ? date.setUTCMonth(date.getUTCMonth() + 1) : date.setUTCFullYear(date.getUTCFullYear() + 1);
}

const TEXTS = new Map<string, ReturnType<typeof parseTemplate>>();

function textOf(letter: string, timeMs: number): string {
  const template = TEXTS.get(letter) ?? parseTemplate(`%${letter}`);
  TEXTS.set(letter, template);
  return template.render([], timeMs * 1000, String);
}
