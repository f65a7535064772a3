import { parseCursor } from '../../journal/cursor.ts';
import { UsageError } from '../usage-error.ts';

/** What `explain` was asked for. */
export interface ExplainOptions {
  readonly configPath: string;
  /** Only this reader, or this sender of the readers that have it. */
  readonly reader: string | undefined;
  readonly sender: string | undefined;
  readonly from: ExplainFrom;
  /** At most so many entries. */
  readonly lines: number;
  readonly isJson: boolean;
}

/** Where the entries come from: the journal's last ones, or those from a place on, or text in export format. */
export type ExplainFrom =
  | { readonly kind: 'last' }
  | { readonly kind: 'since'; readonly time: string }
  | { readonly kind: 'cursor'; readonly cursor: string }
  | { readonly kind: 'stdin' };

/** The flags of `explain` for `parseArgs`. */
export const EXPLAIN_FLAGS = {
  reader: { type: 'string' },
  sender: { type: 'string' },
  lines: { type: 'string' },
  since: { type: 'string' },
  cursor: { type: 'string' },
  stdin: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** The most entries that are explained at a time. */
export const MAX_LINES = 10_000;

const DEFAULT_LINES = 10;

interface Flags {
  readonly reader?: string;
  readonly sender?: string;
  readonly lines?: string;
  readonly since?: string;
  readonly cursor?: string;
  readonly stdin?: boolean;
  readonly json?: boolean;
}

/** Makes sense of the flags; throws UsageError. */
export function explainOptions(configPath: string, flags: Flags): ExplainOptions {
  const { reader, sender, json } = flags;
  const from = fromOf(flags);
  const fallback = from.kind === 'last' ? DEFAULT_LINES : MAX_LINES;
  const lines = flags.lines === undefined ? fallback : linesOf(flags.lines);
  return { configPath, reader, sender, from, lines, isJson: json === true };
}

function fromOf({ since, cursor, stdin }: Flags): ExplainFrom {
  const places: ExplainFrom[] = [];
  if (since !== undefined) places.push({ kind: 'since', time: since });
  if (cursor !== undefined) places.push({ kind: 'cursor', cursor });
  if (stdin === true) places.push({ kind: 'stdin' });
  if (places.length > 1) throw new UsageError('--since, --cursor and --stdin exclude each other');
  if (cursor !== undefined && parseCursor(cursor) === undefined) {
    throw new UsageError(`--cursor takes the __CURSOR of an entry, not ${JSON.stringify(cursor)}`);
  }
  return places[0] ?? { kind: 'last' };
}

function linesOf(text: string): number {
  const lines = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (lines >= 1 && lines <= MAX_LINES) return lines;
  throw new UsageError(`--lines takes a number from 1 to ${MAX_LINES}, not ${JSON.stringify(text)}`);
}
