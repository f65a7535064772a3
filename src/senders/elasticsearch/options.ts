import { anyOf, boolean, choice, integer, list, number, required, text, withDefault } from '../../config/dialect.ts';
import type { Options, ValuesOf } from '../../config/dialect.ts';
import { tlsOptions } from '../tls.ts';

/** The two kinds of server; their names are the `output_type`, and what their own keys begin with. */
export type Engine = 'elasticsearch' | 'opensearch';

/** What people call them. */
export const ENGINE_NAMES: Readonly<Record<Engine, string>> = {
  elasticsearch: 'Elasticsearch',
  opensearch: 'OpenSearch',
};

const address = text({
  description: 'An address, such as `https://user:password@search.example.org:9200`; a path is kept.',
  secret: true,
});

/** The keys of journalpump, without the engine's name that they begin with. */
const prefixedOptions = {
  url: required(
    anyOf([address, list(address, { description: 'Addresses of the nodes of one cluster.', minItems: 1 })], {
      description:
        'The address of the server, or a list of addresses of one cluster, which share the requests. User and password may stand in it; they are shown nowhere.',
      journalpump: 'there it is one address',
      secret: true,
    }),
  ),
  timeout: withDefault(
    60,
    number({
      description: 'Seconds that a request may take before it is given up and sent again.',
      journalpump: 'there a bulk request has twice the time',
      minimum: 0.1,
      maximum: 3600,
    }),
  ),
  index_prefix: withDefault(
    'journalpump',
    text({
      description:
        'What index names begin with: an entry goes to `<prefix>-YYYY-MM-DD`, the day of its own time in UTC.',
      pattern: '^(?![-_+.])[^A-Z\\u0000-\\u0020\\\\/*?"<>|,#:]{1,200}$',
      wanted: 'a beginning of index names: lower case, without spaces and \\ / * ? " < > | , # :',
    }),
  ),
  index_days_max: withDefault(
    3,
    integer({
      description:
        'How many indices by day are kept: of those named `<prefix>-YYYY-MM-DD` the oldest beyond are deleted, once an hour and never that of today. 0 keeps all. Not used with `index` and `data_stream`.',
      journalpump:
        'there everything that begins with `<prefix>-` counts and is deleted, also `<prefix>-other-2026-11-20`',
      minimum: 0,
      maximum: 100_000,
    }),
  ),
};

/** The keys of our own. */
const ownOptions = {
  user: text({
    description: 'The user to log in as; it takes `password`, and goes before what stands in the address.',
  }),
  password: text({ description: 'The password of `user`.', secret: true }),
  api_key: text({
    description: 'An API key as the server gave it out, encoded in Base64 (`encoded`), in place of user and password.',
    secret: true,
  }),
  index: text({
    description:
      'Where entries go in place of `<prefix>-YYYY-MM-DD`: `{FIELD}` or `{FIELD:fallback}` for a field, `%Y %m %d %H %M %S %y %F %j` for the time in UTC, as in `logs-{SYSLOG_IDENTIFIER}-%Y.%m.%d`. Values are made fit for index names.',
  }),
  data_stream: anyOf(
    [
      boolean({ description: 'Whether what `index` (or the prefix) names is a data stream.' }),
      text({ description: 'The name of the data stream; it may have `{FIELD}` in it as `index` may.' }),
    ],
    {
      description:
        'The data stream that entries go to, in place of indices by day; `true` says that `index` (without it: the prefix) is the name of one. Entries get a field `@timestamp`.',
    },
  ),
  pipeline: text({ description: 'The ingest pipeline that entries go through on the server.' }),
  compression: withDefault(
    'none',
    choice(['none', 'gzip'], { description: 'How requests and answers are compressed: worth it on slow links only.' }),
  ),
  max_batch_bytes: withDefault(
    1_048_576,
    integer({
      description:
        'The most bytes of one bulk request before compression; an entry that alone is larger gets a request of its own. It is lowered when the server finds a request too large.',
      minimum: 1024,
      maximum: 104_857_600,
    }),
  ),
  in_flight: withDefault(
    2,
    integer({ description: 'How many bulk requests may be under way at a time.', minimum: 1, maximum: 32 }),
  ),
};

/** The options of either engine, under keys that do not name it. */
export type SearchOptions = ValuesOf<typeof prefixedOptions & typeof ownOptions & typeof tlsOptions>;

/** The declaration for one engine: journalpump's keys begin with its name. */
export function declaredOptions(engine: Engine): Options {
  const prefixed = Object.entries(prefixedOptions).map(([key, option]) => [`${engine}_${key}`, option]);
  return { ...(Object.fromEntries(prefixed) as Options), ...tlsOptions, ...ownOptions };
}

/** The checked options of an engine under keys that do not name it. */
export function searchOptions(engine: Engine, options: Readonly<Record<string, unknown>>): SearchOptions {
  const entries = Object.entries(options).map(([key, value]) => [key.replace(`${engine}_`, ''), value]);
  return Object.fromEntries(entries) as SearchOptions;
}
