import type { FieldNames } from '../journal/field-names.ts';
import { pythonJson } from './python.ts';

/** How the values of a field are written. 0 is kept for "not looked up yet". */
export const KIND = { TEXT: 1, INTEGER: 2, UUID: 3, SECONDS: 4, NULL: 5, LEAVE_OUT: 6 } as const;

/** Formats whose lines are JSON, field by field. */
export type JsonFormatName = 'journalpump' | 'journald';
/** Formats whose lines are made of some fields. */
export type LineFormatName = 'ecs' | 'text' | 'template';
export type FormatName = JsonFormatName | LineFormatName;

/** What tells one JSON format of an entry from another. */
export interface Format {
  readonly comma: string;
  readonly colon: string;
  /** The key `timestamp` (ISO text, UTC) is added. */
  readonly addsTimestamp: boolean;
  /** Values that are no UTF-8: Python's repr as text, or an array of byte numbers. */
  readonly binary: 'repr' | 'array';
  readonly keyOf: (names: FieldNames, id: number) => string;
  readonly kindOf: (name: string) => number;
  /** Any value as JSON; no control character is left as it is, not even DEL. */
  readonly json: (value: unknown) => string;
}

const JOURNALPUMP_KINDS = new Map<string, number>([
  ['__CURSOR', KIND.LEAVE_OUT],
  ['__SEQNUM', KIND.LEAVE_OUT],
  ['__SEQNUM_ID', KIND.LEAVE_OUT],
  ['PRIORITY', KIND.INTEGER],
  ['CODE_LINE', KIND.INTEGER],
  ['_PID', KIND.INTEGER],
  ['_GID', KIND.INTEGER],
  ['_AUDIT_ID', KIND.INTEGER],
  ['_AUDIT_LOGINUID', KIND.INTEGER],
  ['_AUDIT_SESSION', KIND.INTEGER],
  ['_AUDIT_TYPE', KIND.INTEGER],
  ['MESSAGE_ID', KIND.UUID],
  ['_BOOT_ID', KIND.UUID],
  ['_MACHINE_ID', KIND.UUID],
  ['__REALTIME_TIMESTAMP', KIND.SECONDS],
  ['_SOURCE_REALTIME_TIMESTAMP', KIND.SECONDS],
  ['COREDUMP_TIMESTAMP', KIND.SECONDS],
  ['__MONOTONIC_TIMESTAMP', KIND.NULL],
  ['_SOURCE_MONOTONIC_TIMESTAMP', KIND.NULL],
]);

export const FORMATS: Record<JsonFormatName, Format> = {
  /** journalpump's JSON, byte for byte as its `json.dumps` writes it. */
  journalpump: {
    comma: ', ',
    colon: ': ',
    addsTimestamp: true,
    binary: 'repr',
    keyOf: (names, id) => names.key(id),
    kindOf: (name) => JOURNALPUMP_KINDS.get(name) ?? KIND.TEXT,
    json: pythonJson,
  },
  /** What `journalctl -o json --all` means, but for its number arrays where valid UTF-8 has control characters. */
  journald: {
    comma: ',',
    colon: ':',
    addsTimestamp: false,
    binary: 'array',
    keyOf: (names, id) => names.text(id),
    kindOf: () => KIND.TEXT,
    json: (value) => JSON.stringify(value).replaceAll('\u007f', '\\u007f'),
  },
};

/** The JSON format of this name; undefined when its lines are made another way. */
export function jsonFormat(name: FormatName): Format | undefined {
  return Object.hasOwn(FORMATS, name) ? FORMATS[name as JsonFormatName] : undefined;
}
