import { parseTemplate } from '../template.ts';
import type { SearchOptions } from './options.ts';

/** Where entries go. */
export interface Naming {
  /** The fields that names are made of: what `head` returns. */
  readonly fields: readonly string[];
  readonly isDataStream: boolean;
  /** What all names look like, as patterns of an index template; none when that would be every name. */
  readonly patterns: readonly string[];
  /** A name such as an entry could get. */
  readonly example: string;
  /** The day of an index that retention may delete, as `YYYY-MM-DD`; undefined for all other names. */
  dayOf(index: string): string | undefined;
  /** The index or data stream of an entry. */
  nameOf(values: readonly (string | null)[], realtimeUs: number): string;
}

type Destination = Pick<SearchOptions, 'index' | 'data_stream' | 'index_prefix'>;

const MAX_NAME_BYTES = 255;
const MAX_VALUE_LENGTH = 100;
const MAX_KNOWN_NAMES = 1000;

/** Makes the names of a sender's indices or data streams. */
export function namingOf({ index, data_stream, index_prefix: prefix }: Destination): Naming {
  const isDataStream = data_stream !== undefined && data_stream !== false;
  const given = typeof data_stream === 'string' ? data_stream : index;
  const byDay = `${escaped(prefix)}-%F`;
  const template = parseTemplate(given ?? (isDataStream ? escaped(prefix) : byDay));
  const isByDay = given === undefined && !isDataStream;
  const known = new Map<string, string>();
  const nameOf: Naming['nameOf'] = (values, realtimeUs) => {
    const name = template.render(values, realtimeUs, safeValue);
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size >= MAX_KNOWN_NAMES) known.clear();
    known.set(name, safeName(name));
    return known.get(name)!;
  };
  const nothing = template.fields.map(() => null);
  return {
    fields: template.fields,
    isDataStream,
    // Digits first, or the template of "a" would also be meant for the indices of "a-b".
    patterns: isByDay ? [`${prefix}-1*-*-*`, `${prefix}-2*-*-*`] : patternsOf(template.pattern),
    example: nameOf(nothing, Date.now() * 1000),
    dayOf: isByDay ? (name) => dayIn(name, prefix) : () => undefined,
    nameOf,
  };
}

/** The value with every character replaced that no name of an index may have. */
function safeValue(value: string): string {
  const safe = value
    .slice(0, MAX_VALUE_LENGTH)
    .toLowerCase()
    .replace(/[^a-z0-9._@+-]+/g, '_');
  return safe === '' ? '_' : safe;
}

/** How a name begins and how long it is can only be told when all is in its place. */
function safeName(name: string): string {
  const begun = /^[-_+.]/.test(name) ? `x${name}` : name;
  if (Buffer.byteLength(begun) <= MAX_NAME_BYTES) return begun;
  return Buffer.from(begun)
    .toString('utf8', 0, MAX_NAME_BYTES)
    .replace(/\uFFFD$/, '');
}

function patternsOf(pattern: string): string[] {
  return pattern.startsWith('*') ? [] : [pattern];
}

function dayIn(index: string, prefix: string): string | undefined {
  if (!index.startsWith(`${prefix}-`)) return undefined;
  const day = index.slice(prefix.length + 1);
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day) ? day : undefined;
}

function escaped(text: string): string {
  return text.replace(/[{}%]/g, '$&$&');
}
