import {
  anyCaseChoice,
  anyOf,
  boolean,
  integer,
  list,
  map,
  number,
  object,
  required,
  text,
  withDefault,
} from '../dialect.ts';
import { LEVEL_NAMES, SHORT_LEVEL_NAMES } from '../levels.ts';
import { labels } from './shared.ts';

const secretFilter = object(
  {
    pattern: required(
      text({ description: "What to look for: a regular expression in Python's syntax, as far as RE2 has it." }),
    ),
    replacement: required(
      text({
        description: 'What is put in its place; `\\1` and `\\g<name>` stand for groups of the pattern.',
        mayBeEmpty: true,
      }),
    ),
  },
  { description: 'A pattern to be redacted.' },
);

const search = object(
  {
    name: required(text({ description: 'The name of the metric that counts its hits.' })),
    fields: withDefault(
      {},
      map(text({ description: 'A regular expression.', mayBeEmpty: true }), {
        description:
          'A regular expression for each field, by its original name (`_SYSTEMD_UNIT`); all must be found. Named groups become tags of the metric. None: every entry is a hit.',
        names: labels,
      }),
    ),
    tags: withDefault(
      {},
      map(
        anyOf([text({ description: 'A text, or a call.', mayBeEmpty: true }), number({ description: 'A number.' })], {
          description: 'The value of a tag.',
        }),
        {
          description: 'More tags of the metric; `ip_to_geohash(TAG)` makes a place of the address in another tag.',
          names: labels,
        },
      ),
    ),
  },
  { description: 'A search.' },
);

/** Which entries of what is read are dropped by journalbridge's own keys. */
export const narrowing = {
  units_to_exclude: withDefault(
    [],
    list(text({ description: 'A glob.' }), {
      description:
        'Ship no entries of units (`_SYSTEMD_UNIT`) that match one of these globs: `*` any text, `?` any character, `[abc]`, `[!abc]` one of a set.',
    }),
  ),
  min_priority: anyOf(
    [
      anyCaseChoice([...LEVEL_NAMES, ...SHORT_LEVEL_NAMES], { description: 'A level.' }),
      integer({ description: 'The number of a level.', minimum: 0, maximum: 7 }),
    ],
    {
      description:
        'Ship only entries of this level or a more important one, as `journalctl -p LEVEL` does: by name in any case, or from 0 (EMERGENCY) to 7 (DEBUG). Entries without a priority are not shipped.',
    },
  ),
  ship_own_logs: boolean({ description: 'In place of the key of this name at the top level.' }),
};

/** What is done with every entry, once for all senders of a reader. */
export const rules = {
  secret_filters: withDefault(
    [],
    list(secretFilter, {
      description:
        'What is to be redacted before anything else sees it; each pattern works on what the one before made.',
      journalpump:
        'there only in `MESSAGE`, here in every text (see `secret_filter_fields`); patterns need not be such as RE2 can match',
    }),
  ),
  secret_filter_metrics: withDefault(
    false,
    boolean({ description: 'Count the entries in which something was redacted as `journal.secret_filter_match`.' }),
  ),
  secret_filter_fields: list(text({ description: 'The name of a field.' }), {
    description:
      'Redact in these fields only; neither case nor leading underscores of their names matter. Left out: in every text. What becomes a number, an id or a time is never touched.',
    minItems: 1,
  }),
  searches: withDefault(
    [],
    list(search, {
      description:
        'What to count, as metrics. Where there are searches, entries that none of them hits are not shipped.',
    }),
  ),
  threshold_for_metric_emit: withDefault(
    10,
    number({
      description:
        'A search that takes longer for one entry, in seconds, is reported as `journal.perform_search_regex_duration`.',
      minimum: 0,
      maximum: 3600,
    }),
  ),
};
