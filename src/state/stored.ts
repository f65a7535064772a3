import { StateError } from '../errors.ts';
import {
  emptyDeadLetters,
  parseDeadLetters,
  parseLastErrors,
  type StoredDeadLetters,
  type StoredError,
} from './stored-trouble.ts';

/** A sender's part of the state file: journalpump's keys, and what we need beside them. */
export interface StoredSender {
  type: string;
  buffer: { cursor: string | null; total_size: number; entry_num: number; current_queue: number };
  sent: {
    /** Of the last entry that the destination has acknowledged. */
    cursor: string | null;
    count: number;
    bytes: number;
    /** ISO time of that entry. */
    time?: string;
    /** Until there is a cursor: reading began with the first entry at or after this time, in µs since 1970. */
    start_realtime_us?: number;
    /** How far the destination had got at that entry, in words that only its sender understands. */
    mark?: unknown;
  };
  health: StoredHealth;
  dead_letters: StoredDeadLetters;
  /** Attempts that failed. */
  retries?: number;
  lag?: StoredLag;
  /** Entries a second over the last minute. */
  rate?: number;
  /** Of a sender that has deliveries which come and go: what it keeps itself, and each of these. */
  host?: unknown;
  deliveries?: Record<string, StoredSender>;
  /** Words about one of these, for people. */
  about?: Readonly<Record<string, string>>;
}

/** Of a sender's connection. */
interface StoredHealth {
  status: string;
  /** Seconds since the status changed. */
  elapsed: number;
  errors: string[];
  /** ISO time of when the status changed. */
  since?: string;
  /** The last few errors of all runs, refusals among them, the newest last; they stay when all is well again. */
  last_errors?: StoredError[];
  /** What holds it up now, and since when (ISO time). */
  trouble?: StoredError & { since: string };
}

/** How far a sender is behind its reader; null is what is not known, as it is after a start. */
export interface StoredLag {
  /** The age of the oldest entry that it has not acknowledged, when the file was written. */
  seconds: number | null;
  /** How many of those that were read it has not acknowledged. */
  entries: number | null;
  /** ISO time of that oldest entry; null when there is none. */
  since: string | null;
}

/** A reader's part of the state file. */
export interface StoredReader {
  cursor: string | null;
  total_lines: number;
  total_bytes: number;
  senders: Record<string, StoredSender>;
  /** The last hundred gaps. */
  gaps?: unknown[];
  /** All gaps there ever were, by kind. */
  gap_counts?: Record<string, number>;
  /** Hits of each search. */
  searches?: Record<string, number>;
}

/** The state file's content. Parts of readers and senders that the config no longer has are kept as they are. */
export interface Stored {
  readers: Record<string, StoredReader>;
  start_time: string;
  /** Of the process that wrote it. */
  pid?: number;
  version?: string;
  /** ISO time of when it was written. */
  updated_at?: string;
  /** ISO time of when that process ended in order. */
  stopped_at?: string;
}

/** A sender that has not delivered anything yet. */
export function emptySender(type: string): StoredSender {
  return {
    type,
    buffer: { cursor: null, total_size: 0, entry_num: 0, current_queue: 0 },
    sent: { cursor: null, count: 0, bytes: 0 },
    health: { status: 'disconnected', elapsed: 0, errors: [] },
    dead_letters: emptyDeadLetters(),
  };
}

/** A reader that has not read anything yet. */
export function emptyReader(): StoredReader {
  return { cursor: null, total_lines: 0, total_bytes: 0, senders: {} };
}

/**
 * Checks what a state file holds, ours or journalpump's. Throws StateError with the reason: to start over because of a
 * damaged file would ship everything again, or skip what was not shipped.
 */
export function parseStored(text: string): Stored {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StateError(text.trim() === '' ? 'it is empty' : 'it is no valid JSON', { cause: error });
  }
  const root = record(value, 'it');
  const readers = record(root['readers'], '"readers"');
  return {
    start_time: typeof root['start_time'] === 'string' ? root['start_time'] : '',
    readers: mapRecord(readers, (reader, name) => parseReader(reader, `readers.${name}`)),
  };
}

function parseReader(value: unknown, path: string): StoredReader {
  const reader = record(value, path);
  const senders = reader['senders'] === undefined ? {} : record(reader['senders'], `${path}.senders`);
  return {
    ...reader,
    cursor: cursorOf(reader['cursor'], `${path}.cursor`),
    total_lines: countOf(reader['total_lines'], `${path}.total_lines`),
    total_bytes: countOf(reader['total_bytes'], `${path}.total_bytes`),
    senders: mapRecord(senders, (sender, name) => parseSender(sender, `${path}.senders.${name}`)),
  };
}

function parseSender(value: unknown, path: string): StoredSender {
  const sender = record(value, path);
  const sent = sender['sent'] === undefined ? {} : record(sender['sent'], `${path}.sent`);
  const start = sent['start_realtime_us'];
  const lastErrors = parseLastErrors(sender['health']);
  const empty = emptySender(typeof sender['type'] === 'string' ? sender['type'] : '');
  const deliveries =
    sender['deliveries'] === undefined ? undefined : record(sender['deliveries'], `${path}.deliveries`);
  return {
    ...empty,
    ...(sender['retries'] === undefined ? {} : { retries: countOf(sender['retries'], `${path}.retries`) }),
    sent: {
      cursor: cursorOf(sent['cursor'], `${path}.sent.cursor`),
      count: countOf(sent['count'], `${path}.sent.count`),
      bytes: countOf(sent['bytes'], `${path}.sent.bytes`),
      ...(typeof sent['time'] === 'string' ? { time: sent['time'] } : {}),
      ...(start === undefined ? {} : { start_realtime_us: countOf(start, `${path}.sent.start_realtime_us`) }),
      ...(sent['mark'] === undefined ? {} : { mark: sent['mark'] }),
    },
    dead_letters: parseDeadLetters(sender['dead_letters']),
    health: {
      ...empty.health,
      ...(lastErrors.length > 0 && { last_errors: lastErrors }),
    },
    ...(sender['host'] === undefined ? {} : { host: sender['host'] }),
    ...(deliveries && {
      deliveries: mapRecord(deliveries, (one, name) => parseSender(one, `${path}.deliveries.${name}`)),
    }),
    ...(isRecord(sender['about']) ? { about: textsOf(sender['about']) } : {}),
  };
}

function textsOf(words: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [key, String(value)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new StateError(`${path} is ${value === undefined ? 'missing' : 'no JSON object'}`);
}

function cursorOf(value: unknown, path: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value !== '') return value;
  throw new StateError(`${path} is no cursor`);
}

function countOf(value: unknown, path: string): number {
  if (value === undefined) return 0;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new StateError(`${path} is no count`);
}

function mapRecord<T>(from: Record<string, unknown>, convert: (value: unknown, name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, convert(value, name)]));
}
