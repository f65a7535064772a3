import {
  anyObject,
  boolean,
  choice,
  ignored,
  integer,
  number,
  object,
  required,
  text,
  withDefault,
} from '../dialect.ts';

const selectInReader = 'journalpump does not read it from a sender either; it belongs in the reader';

const encrypt = object(
  {
    algorithm: withDefault('aes-256-gcm', choice(['aes-256-gcm'], { description: 'How it is encrypted.' })),
    key: required(
      text({
        description: 'The key: 32 random bytes as base64 or as 64 hexadecimal digits (`openssl rand -base64 32`).',
        secret: true,
      }),
    ),
    key_id: required(
      text({
        description: 'A name of the key, which stands in each envelope in clear: it says later which key is needed.',
        pattern: '^[^\\u0000-\\u001f\\u007f]{1,128}$',
        wanted: '1 to 128 characters long, without control characters',
      }),
    ),
  },
  {
    description:
      'Encrypts each payload: the destination gets an envelope, a line of JSON (docs/protocols.md), and `journalbridge decrypt --key WHERE FILE…` gives the lines back. What a destination needs to find a place for an entry, such as a topic or a file name, stays in clear.',
    journalpump: 'there is no such key',
  },
);

/** The keys that every sender has, whatever its `output_type`. */
export const senderOptions = {
  output_type: required(text({ description: 'What kind of destination this is.' })),
  enabled: withDefault(
    true,
    boolean({ description: 'Whether the sender is used. One that is not keeps its place in the journal.' }),
  ),
  format: withDefault(
    'journalpump',
    choice(['journalpump', 'journald', 'ecs', 'text', 'template'], {
      description:
        'How an entry becomes a line: `journalpump` is JSON without leading underscores, with typed numbers and `timestamp`; `journald` is what `journalctl -o json --all` means; `ecs` is JSON with the names of the Elastic Common Schema; `text` is a line of `journalctl -o short-iso-precise` in UTC; `template` is what `line_template` says.',
      journalpump: 'there only the first exists',
    }),
  ),
  line_template: text({
    description:
      'What a line looks like when `format` is `template`: `{FIELD}` or `{FIELD:fallback}` for a field, `{timestamp}` for its time with µs, `%Y %m %d %H %M %S %y %F %j` for parts of it (UTC); `{{`, `}}` and `%%` stand for themselves. Control characters but tabs are escaped (`\\n`, `\\x1b`), so that an entry is one line.',
    journalpump: 'there is no such key',
  }),
  field_filter: text({
    description: 'The name of the entry of `field_filters` that says which fields this sender gets; `""` for none.',
    mayBeEmpty: true,
  }),
  unit_log_level: text({
    description: 'The name of the list of `unit_log_levels` that the entries for this sender must pass; `""` for none.',
    mayBeEmpty: true,
  }),
  max_entry_bytes: withDefault(
    1_048_576,
    integer({
      description: 'An entry whose JSON is larger is replaced by a stub that holds the beginning of it.',
      journalpump: 'there the limit is fixed to the default',
      minimum: 1024,
      maximum: 16_777_216,
    }),
  ),
  extra_field_values: withDefault(
    {},
    anyObject({
      description: 'Fields that are put into every entry; they replace fields of the same name.',
      journalpump: 'there they leak into other senders of the reader; here they do not',
      lenient: true,
    }),
  ),
  max_send_interval: number({
    description:
      'How many seconds an entry may wait for company before its batch is sent; without it every kind of sender has its own.',
    minimum: 0,
    maximum: 3600,
  }),
  encrypt,
  match_key: ignored(selectInReader),
  match_value: ignored(selectInReader),
};
