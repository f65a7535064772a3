import { levelName, readerWords, senderWords, sizeWords, type Mark, type Words } from './words.ts';
import type { ExplainedEntry, ExplainedSender } from './explained.ts';
import { type Paint, type Style } from '../terminal-text.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';

/** How entries are printed. */
export interface PrintOptions {
  readonly paint: Paint;
  /** Headings name the reader. */
  readonly hasReaders: boolean;
}

const STYLES: Readonly<Record<Mark, Style>> = { '✓': 'good', '✗': 'bad', '●': 'notable' };
/** Wide enough for every name of a step. */
const NAME_WIDTH = 'secret_filters.10'.length;
const INDENT = '  ';

/** An entry for people: a heading, the steps, and what each sender gets; an empty line at the end. */
export function printEntry(entry: ExplainedEntry, options: PrintOptions): string {
  const { paint } = options;
  const steps = entry.steps.flatMap((step) => readerWords(step, entry)).map((words) => INDENT + lineOf(words, paint));
  const width = Math.max(0, ...entry.senders.map(({ sender }) => Array.from(escapeUnsafe(sender)).length));
  const senders = entry.senders.flatMap((sender) => linesOf(sender, width, paint));
  return [headingOf(entry, options), ...steps, ...senders, '', ''].join('\n');
}

/** An entry for machines: one line of JSON. */
export function printJson(entry: ExplainedEntry): string {
  return `${escapeUnsafe(JSON.stringify(entry))}\n`;
}

function headingOf(entry: ExplainedEntry, { paint, hasReaders }: PrintOptions): string {
  const { reader, time, unit, priority, message, kept, senders } = entry;
  const isShipped = kept && (senders.length === 0 || senders.some(({ gets }) => gets));
  const mark: Mark = isShipped ? '✓' : '✗';
  const place = [
    ...(hasReaders ? [reader] : []),
    time ?? 'no time',
    unit ?? 'no unit',
    priority === null ? 'no priority' : levelName(priority),
  ];
  const head = `${paint(mark, STYLES[mark])} ${paint(escapeUnsafe(place.join('  ')), 'bold')}`;
  return message === null ? head : `${head}  ${escapeUnsafe(message)}`;
}

/** The steps of a sender beside its name, and below them the payload, byte for byte but for unsafe characters. */
function linesOf(explained: ExplainedSender, width: number, paint: Paint): string[] {
  const { sender, steps, payload } = explained;
  const words = [...steps.map(senderWords), ...(payload === null ? [] : [sizeWords(explained)])];
  const name = escapeUnsafe(sender);
  const padding = ' '.repeat(width - Array.from(name).length);
  const lines = words.map((each, n) => {
    const label = n === 0 ? paint(name, 'bold') + padding : ' '.repeat(width);
    return `${INDENT}${label}  ${lineOf(each, paint)}`;
  });
  return payload === null ? lines : [...lines, `${INDENT}${' '.repeat(width)}  ${escapeUnsafe(payload)}`];
}

function lineOf({ mark, name, text }: Words, paint: Paint): string {
  return `${paint(mark, STYLES[mark])} ${paint(escapeUnsafe(name).padEnd(NAME_WIDTH), 'dim')}  ${escapeUnsafe(text)}`;
}
