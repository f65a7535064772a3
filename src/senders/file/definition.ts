import { anyOf, boolean, choice, integer, number, object, required, text, withDefault } from '../../config/dialect.ts';
import type { SenderDefinition } from '../sender-definition.ts';
import { findFaults } from './faults.ts';
import { fieldsOf } from './output-template.ts';

const seconds = { ...number({ description: 'Seconds.', minimum: 0.001 }), wanted: 'a number of seconds' };
const span = text({
  description: 'A number and a unit: `s`, `m`, `h`, `d` or `w`.',
  pattern: '^\\d{1,9}(\\.\\d{1,3})?\\s*[smhdw]?$',
  wanted: 'a time such as "90s", "12h" or "30d"',
});
const duration = (description: string) => anyOf([seconds, span], { description });
const mode = (what: string) =>
  text({ description: what, pattern: '^0?[0-7]{3}$', wanted: 'permissions as an octal string such as "0640"' });

const rotate = object(
  {
    max_bytes: integer({
      description:
        'A file is rotated before the write that would make it larger; an entry that is longer by itself gets a file alone.',
      minimum: 1,
    }),
    interval: duration('A file is rotated before the first write after this time; seconds, or a text such as `1d`.'),
    compress: withDefault(
      'none',
      choice(['none', 'gzip', 'zstd'], {
        description:
          'How rotated files are compressed, in the background: to `NAME.YYYYMMDD-HHMMSS.gz` or `.zst`. A file whose time in its name is over is rotated for that.',
      }),
    ),
  },
  { description: 'When a file is renamed to `NAME.YYYYMMDD-HHMMSS` (UTC) and a new one begun.' },
);

const keep = object(
  {
    files: integer({ description: 'So many finished files of each output at most.', minimum: 0 }),
    age: duration(
      'None that was rotated longer ago, or whose time has been over for longer; seconds, or a text such as `30d`.',
    ),
    total_bytes: integer({ description: 'The finished files of each output together.', minimum: 0 }),
  },
  {
    description:
      'Which finished files are kept, checked after each rotation, with each new time in a name, and at the start; the oldest go first. Finished are rotated files and, where `file_output` has `%Y%m%d` or the like, the files of other times (for each value of its fields by itself; the newest is never counted). Only files whose names are exactly those that we give are counted or removed, and no link is followed.',
  },
);

const options = object(
  {
    file_output: required(
      text({
        description:
          'The file that entries are appended to, one line each; a relative path counts from the working directory. `{FIELD}`, `{FIELD:fallback}` and `%Y %m %d %H %M %S %y %F %j` (UTC) are filled in for each entry, so that there is one file for each value: `/var/log/bridge/{SYSTEMD_UNIT}/{HOSTNAME}-%Y%m%d.jsonl`. `{{`, `}}` and `%%` stand for themselves.',
        journalpump: 'there it is neither flushed nor reopened after logrotate; here it is both',
        writes: 'templates',
      }),
    ),
    fsync: withDefault(
      'batch',
      choice(['batch', 'interval', 'never'], {
        description:
          'When written entries are forced to the disk: before each batch is acknowledged (`batch`), every `fsync_interval` seconds (`interval`), or when the kernel likes (`never`). With the last two a power cut can lose acknowledged entries.',
      }),
    ),
    fsync_interval: withDefault(
      1,
      number({ description: 'Seconds between two fsyncs when `fsync` is `interval`.', minimum: 0.01, maximum: 3600 }),
    ),
    file_mode: withDefault('0640', mode('Permissions of a file that is created, as an octal string.')),
    directory_mode: withDefault('0750', mode('Permissions of a directory that is created, as an octal string.')),
    owner: text({
      description: 'Who is to own what is created: a user name or number. Needs the right to give files away.',
    }),
    group: text({ description: 'The group of what is created: a name or number.' }),
    create_directories: withDefault(
      false,
      boolean({
        description:
          'Create the directory of `file_output`, and its parents, when they are missing. Directories that a place (`{FIELD}`) names are always created.',
      }),
    ),
    rotate,
    keep,
    hash_chain: anyOf(
      [
        boolean({ description: 'Whether each line carries the SHA-256 over the hash of the line before and itself.' }),
        object(
          {
            key: required(
              text({ description: 'The key of the HMAC-SHA-256 that takes the place of the SHA-256.', secret: true }),
            ),
          },
          { description: 'A chain that nobody can make anew without the key.' },
        ),
      ],
      {
        description:
          'Each line carries the hash of itself and of all before it; `journalbridge verify FILE…` says which was the first to be changed, removed or inserted.',
      },
    ),
    max_open_files: withDefault(
      2048,
      integer({
        description:
          'So many files are open at a time where `file_output` has places, and at most half of what the process may open (`LimitNOFILE=`); those unused for longest are closed.',
        minimum: 1,
        maximum: 100_000,
      }),
    ),
  },
  { description: 'Appends one line for each entry to a local file, or to one file for each value of a field.' },
);

/** The `file` sender: entries as lines in local files. */
export const fileSender: SenderDefinition<typeof options> = {
  type: 'file',
  stateType: 'FileSender',
  summary:
    'Appends entries to local files, one line each, and acknowledges them once they are on the disk; after a crash no entry is there twice.',
  options,
  defaultSendInterval: 0,
  head: ({ file_output }) => fieldsOf(file_output),
  faults: findFaults,
  // Each touches many files, most of them with a line or two.
  largeBatches: ({ file_output }) =>
    (fieldsOf(file_output) ?? []).length > 0 ? { maxBytes: 8 * 1024 * 1024, patienceMs: 100 } : undefined,
  async create(own, context) {
    const { createFileSender } = await import('./file-sender.ts');
    return createFileSender(own, context);
  },
};
