import type { Naming } from './naming.ts';

/** Above all templates that servers bring along (100), so that `logs-…` is what the user asked for. */
const PRIORITY = 250;

/** Numbers, whatever the format writes them as; with and without the underscores of the format `journald`. */
const LONGS = [
  'PRIORITY',
  'SYSLOG_FACILITY',
  'SYSLOG_PID',
  'CODE_LINE',
  'ERRNO',
  ...['PID', 'UID', 'GID', 'AUDIT_ID', 'AUDIT_LOGINUID', 'AUDIT_SESSION', 'AUDIT_TYPE'].flatMap((key) => [
    key,
    `_${key}`,
  ]),
  '__REALTIME_TIMESTAMP',
  '__MONOTONIC_TIMESTAMP',
  '_SOURCE_REALTIME_TIMESTAMP',
  '_SOURCE_MONOTONIC_TIMESTAMP',
];
/** Seconds with a fraction, as journalpump's format writes them. */
const DOUBLES = ['REALTIME_TIMESTAMP', 'SOURCE_REALTIME_TIMESTAMP', 'COREDUMP_TIMESTAMP'];
const KEYWORD = { type: 'keyword', ignore_above: 1024 };
/** A field of the journal, not one that "extra_field_values" adds. */
const JOURNAL_FIELD = '^_*[A-Z][A-Z0-9_]*$';

/** The index template: types that the first entry of an index must not decide. */
export function bodyOfTemplate({ patterns, isDataStream }: Naming): object {
  return {
    index_patterns: patterns,
    priority: PRIORITY,
    ...(isDataStream && { data_stream: {} }),
    template: { settings: { 'index.mapping.ignore_malformed': true }, mappings: mappings() },
    _meta: { description: 'Entries of the systemd journal', created_by: 'journalbridge' },
  };
}

function mappings(): object {
  const typed = (keys: readonly string[], type: string): Record<string, object> =>
    Object.fromEntries(keys.map((key) => [key, { type }]));
  return {
    date_detection: false,
    numeric_detection: false,
    dynamic_templates: [
      { texts: { match_mapping_type: 'string', mapping: KEYWORD } },
      ...['long', 'double', 'boolean'].map((type) => ({
        [`journal_${type}`]: {
          match_mapping_type: type,
          match_pattern: 'regex',
          match: JOURNAL_FIELD,
          mapping: KEYWORD,
        },
      })),
    ],
    properties: {
      '@timestamp': { type: 'date' },
      timestamp: { type: 'date' },
      MESSAGE: { type: 'text' },
      ...typed(LONGS, 'long'),
      ...typed(DOUBLES, 'double'),
    },
  };
}
