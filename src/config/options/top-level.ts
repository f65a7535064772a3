import {
  anyCaseChoice,
  anyOf,
  boolean,
  ignored,
  integer,
  map,
  number,
  object,
  required,
  text,
  withDefault,
} from '../dialect.ts';
import type { ObjectOption } from '../dialect.ts';
import { filters } from './filters.ts';
import { readerOptions } from './reader.ts';
import { bufferBytes, bufferLength, DEFAULT_BUFFER_BYTES, match, names } from './shared.ts';
import { telemetry } from './telemetry.ts';

const logLevel = anyOf(
  [
    anyCaseChoice(['DEBUG', 'INFO', 'WARNING', 'WARN', 'ERROR', 'CRITICAL', 'FATAL', 'NOTSET'], {
      description: "The level's name.",
    }),
    integer({ description: "Python's number of the level.", minimum: 0, maximum: 50 }),
  ],
  {
    description:
      "How much the daemon says about itself: `DEBUG`, `INFO`, `WARNING` or `ERROR`, in any case; also Python's other names and its numbers (10 to 50).",
  },
);

/** Times of the process itself, in seconds. */
const times = {
  shutdown_timeout: withDefault(
    10,
    number({ description: 'How many seconds a stop may take to send what is queued.', minimum: 0, maximum: 3600 }),
  ),
  isolation_timeout: withDefault(
    5,
    number({
      description:
        'How many seconds a sender that is stuck may hold up the others of its reader before it is set apart.',
      minimum: 0.1,
      maximum: 3600,
    }),
  ),
  stall_check_interval: withDefault(
    60,
    number({
      description:
        'When a running journalctl has given nothing for so many seconds, another one is asked whether there are entries; if so, the first one hangs and is started again.',
      minimum: 0.1,
      maximum: 86_400,
    }),
  ),
  state_save_interval: withDefault(
    1,
    number({
      description: 'How many seconds the state file may lag behind what the destinations have acknowledged.',
      journalpump: 'there fixed to 10',
      minimum: 0.01,
      maximum: 3600,
    }),
  ),
};

const runningConfig = 'journalbridge writes no copy of its config, which may hold secrets';

/** The keys at the top level of a config whose senders are of these kinds. */
export function topLevelOptions(senderKinds: Readonly<Record<string, ObjectOption>>) {
  const reader = object(readerOptions(senderKinds), { description: 'A selection of the journal and where it goes.' });
  return {
    $schema: text({ description: 'The JSON Schema that an editor checks this file with.' }),
    readers: required(map(reader, { description: 'What to read and where to ship it, by name.', names })),
    json_state_file_path: text({
      description:
        'The file that remembers up to where each sender has got. Without it every start begins at `initial_position`.',
      writes: true,
    }),
    log_level: withDefault('INFO', logLevel),
    ...match,
    ...filters,
    ship_own_logs: withDefault(
      false,
      boolean({
        description:
          'Ship what journalbridge itself writes to the journal, too. Otherwise it is left out, so that nothing goes round in circles.',
        journalpump: 'there it is always shipped',
      }),
    ),
    ...telemetry,
    msg_buffer_max_length: withDefault(50_000, bufferLength),
    msg_buffer_max_bytes: withDefault(DEFAULT_BUFFER_BYTES, bufferBytes),
    ...times,
    dead_letter_max_bytes: withDefault(
      67_108_864,
      integer({
        description:
          'How many bytes the dead letters of one sender may take: entries that its destination refused for good, in the folder `dead-letter` beside the state file. When there are more, the oldest make room, which is reported and counted.',
        minimum: 4096,
        maximum: 1_099_511_627_776,
      }),
    ),
    journalctl_path: withDefault(
      'journalctl',
      text({ description: 'The journalctl to run: a path, or a name that is looked up in `PATH`.' }),
    ),
    write_running_config: ignored(runningConfig),
    json_running_config_path: ignored(runningConfig),
  };
}
