import { anyCaseChoice, choice, list, map, object, required, text, withDefault } from '../dialect.ts';
import { LEVEL_NAMES } from '../levels.ts';
import { labels } from './shared.ts';

const fieldFilter = object(
  {
    type: required(
      choice(['whitelist', 'blacklist', 'include', 'exclude'], {
        description:
          'Whether the fields are those that are kept (`whitelist`, or `include`) or those that are left out (`blacklist`, or `exclude`).',
        journalpump: 'there anything but `whitelist`, a misspelt one too, means `blacklist`; here it is an error',
      }),
    ),
    fields: required(
      list(text({ description: 'The name of a field.' }), {
        description:
          'Names of fields; neither case nor leading underscores matter. Fields that journalbridge adds (`timestamp`, those of `extra_field_values`) count too.',
      }),
    ),
  },
  { description: 'Which fields a sender gets.' },
);

const unitLogLevel = object(
  {
    service_glob: required(
      text({
        description:
          'The units that the rule is for, as a glob over the whole name: `*` any text, `?` any character, `[abc]`, `[a-c]`, `[!abc]` one of a set. Case matters.',
      }),
    ),
    log_level: required(
      anyCaseChoice(LEVEL_NAMES, {
        description: 'Entries of these units are shipped with this level or a more important one.',
        journalpump: 'there only in upper case',
      }),
    ),
  },
  { description: 'A rule.' },
);

/** Definitions that senders choose from by name. */
export const filters = {
  field_filters: withDefault(
    {},
    map(fieldFilter, {
      description: 'Selections of fields by name; a sender chooses one with `field_filter`.',
      names: labels,
    }),
  ),
  unit_log_levels: withDefault(
    {},
    map(list(unitLogLevel, { description: 'Rules in order.' }), {
      description:
        'Lists of rules by name that say from which level on the entries of a unit are shipped; a sender chooses a list with `unit_log_level`. Entries without a unit or a priority, of units that no rule is for, and of the level EMERGENCY always pass.',
      names: labels,
    }),
  ),
  unit_log_level_rule: withDefault(
    'first',
    choice(['first', 'strictest'], {
      description: 'Which of several rules for one unit counts: the first in the list, or the strictest.',
      journalpump: 'there the strictest, though its README says the first',
    }),
  ),
};
