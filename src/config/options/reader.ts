import { alias, anyOf, boolean, choice, ignored, integer, list, map, text, variants, withDefault } from '../dialect.ts';
import type { ObjectOption } from '../dialect.ts';
import { senderOptions } from './sender.ts';
import { narrowing, rules } from './rules.ts';
import { bufferBytes, bufferLength, match, names } from './shared.ts';

/** The words of `journal_flags`, named as in sd_journal_open(3); SYSTEM_ONLY is its old name of SYSTEM. */
const JOURNAL_FLAG_WORDS = ['LOCAL_ONLY', 'RUNTIME_ONLY', 'SYSTEM', 'SYSTEM_ONLY', 'CURRENT_USER', 'OS_ROOT'] as const;

const initialPosition = anyOf(
  [
    choice(['head', 'tail'], { description: 'The oldest entry there is, or only what comes from now on.' }),
    integer({ description: 'Seconds after the start of the current boot.', minimum: 0, maximum: 1_000_000_000 }),
  ],
  {
    description:
      'Where a sender starts that has no place in the state file yet: at the oldest entry (`head`), with what comes from now on (`tail`), or so many seconds after the start of the current boot.',
    journalpump: 'there anything else means `head`; here it is an error',
  },
);

const journalFlags = anyOf(
  [
    list(choice(JOURNAL_FLAG_WORDS, { description: 'A flag of sd_journal_open(3).' }), {
      description: 'Flags by name.',
    }),
    integer({ description: 'Flags as a sum of bits.', minimum: 0, maximum: 31 }),
  ],
  {
    description:
      'Which journals to read: names of flags of sd_journal_open(3), or the sum of their bits (`LOCAL_ONLY` 1, `RUNTIME_ONLY` 2, `SYSTEM` and `SYSTEM_ONLY` 4, `CURRENT_USER` 8, `OS_ROOT` 16). With `OS_ROOT`, `journal_path` is the root directory of another system.',
  },
);

/** Which journal is read, which of its units, and from where on. */
const selection = {
  initial_position: withDefault('head', initialPosition),
  journal_path: text({ description: 'Read the journal in this directory instead of the one of this machine.' }),
  journal_files: list(text({ description: 'The path of a journal file, or a glob.' }), {
    description: 'Read these journal files and no others.',
    minItems: 1,
  }),
  journal_flags: journalFlags,
  flags: alias('journal_flags', {
    description: 'Another name of `journal_flags`.',
    journalpump: 'there the key has no effect, though its README shows it',
  }),
  journal_namespace: text({ description: 'Read the journal of this namespace (systemd 245 or later).' }),
  units_to_match: withDefault(
    [],
    list(text({ description: 'The whole name of a unit: `sshd.service`.' }), {
      description: 'Ship only entries of these units (`_SYSTEMD_UNIT`, whole names, no globs); none: of all units.',
    }),
  ),
};

/** The keys of a reader whose senders are of these kinds. */
export function readerOptions(senderKinds: Readonly<Record<string, ObjectOption>>) {
  const sender = variants('output_type', senderOptions, senderKinds, { description: 'A destination.' });
  return {
    enabled: withDefault(
      true,
      boolean({ description: 'Whether the reader is used. The senders of one that is not keep their places.' }),
    ),
    ...selection,
    ...narrowing,
    ...match,
    ...rules,
    msg_buffer_max_length: {
      ...bufferLength,
      description: 'The limit for the senders of this reader, in place of the one at the top level.',
      journalpump: 'there it has no effect here, though its README shows it',
    },
    msg_buffer_max_bytes: {
      ...bufferBytes,
      description: 'The limit for the senders of this reader, in place of the one at the top level.',
      journalpump: 'there it has no effect here',
    },
    senders: withDefault({}, map(sender, { description: 'The destinations of the entries, by name.', names })),
    tags: ignored('journalpump does not read it from a reader either; it belongs at the top level'),
    field_filters: ignored('journalpump does not read it from a reader either; it belongs at the top level'),
    unit_log_levels: ignored('journalpump does not read it from a reader either; it belongs at the top level'),
  };
}
