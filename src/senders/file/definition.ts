import { boolean, choice, number, object, required, text, withDefault } from '../../config/dialect.ts';
import type { ConfigOf } from '../../config/dialect.ts';
import type { SenderDefinition } from '../sender.ts';

const options = object(
  {
    file_output: required(
      text({
        description:
          'The file that entries are appended to, one JSON object per line; a relative path counts from the working directory.',
        journalpump: 'there it is neither flushed nor reopened after logrotate; here it is both',
        writes: true,
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
    file_mode: withDefault(
      '0640',
      text({
        description: 'Permissions of a file that is created, as an octal string.',
        pattern: '^0?[0-7]{3}$',
        wanted: 'permissions as an octal string such as "0640"',
      }),
    ),
    create_directories: withDefault(
      false,
      boolean({ description: 'Create the directory of `file_output`, and its parents, when they are missing.' }),
    ),
  },
  { description: 'Appends one JSON object per line to a local file.' },
);

/** The checked options of a `file` sender. */
export type FileOptions = ConfigOf<typeof options>;

/** The `file` sender: entries as JSON lines in a local file. */
export const fileSender: SenderDefinition<typeof options> = {
  type: 'file',
  stateType: 'FileSender',
  summary:
    'Appends entries to a local file, one JSON object per line, and acknowledges them once they are on the disk.',
  options,
  defaultSendInterval: 0,
  async create(own, context) {
    const { createFileSender } = await import('./file-sender.ts');
    return createFileSender(own, context);
  },
};
