import {
  anyJson,
  anyObject,
  boolean,
  choice,
  integer,
  list,
  number,
  object,
  required,
  text,
  withDefault,
} from '../../config/dialect.ts';
import type { ConfigOf } from '../../config/dialect.ts';
import { tlsOptions } from '../tls.ts';

const selects = (what: string) => anyJson({ description: `${what}, as in \`custom_parameters\`.` });

const task = object(
  {
    operation_id: required(text({ description: 'The operation that the entries go to.' })),
    units: selects('Names of units'),
    identifiers: selects('Values of `SYSLOG_IDENTIFIER`'),
    min_priority: selects('The least important priority, by name or number'),
    matches: selects('A list of `FIELD=value`'),
    since: selects('The time of the first entry'),
    until: selects('The time of the last entry'),
    initial_position: selects('`head`, `tail`, or seconds after the start of the boot'),
    boot: selects('A boot by its id, or 0 for the current one, -1 for the one before'),
    custom_parameters: withDefault(
      {},
      anyObject({
        description:
          'What is sent, in the words of `plugin_params.custom_parameters`; its keys may stand in the task itself, too.',
      }),
    ),
  },
  { description: 'A task.' },
);

/** The options of a `gulp` sender: the keys of Gulp's example bridge, and ours. */
export const gulpOptions = object(
  {
    url_server: required(
      text({
        description: 'The address of the Gulp server, `https://gulp.example:8080`.',
        pattern: '^https?://[^\\s?#@]+$',
        wanted: 'an address that begins with http:// or https://, without a login',
      }),
    ),
    user_id: required(
      text({
        description: 'The user to log in as: one of its own for each host, as Gulp allows a user one session only.',
      }),
    ),
    password: required(text({ description: 'The password of that user.', secret: true })),
    bridge_url: text({
      description:
        'How Gulp reaches the control API of this host: `https://host.example`. Without it only the `tasks` below run, and nothing is registered.',
      pattern: '^https?://[^\\s?#@]+$',
      wanted: 'an address that begins with http:// or https://',
    }),
    bridge_port: integer({
      description: 'The port that Gulp is to connect to, unless `bridge_url` has one.',
      minimum: 1,
      maximum: 65_535,
    }),
    bridge_name: text({ description: 'The name of this bridge in Gulp; the host name unless given.' }),
    listen: text({
      description:
        'Where the control API listens, `address:port` (`0.0.0.0:8443`, `[::]:8443`). Unless given: the port of `bridge_url`, at its address if this host has it and at 127.0.0.1 otherwise.',
      pattern: '^(\\[[0-9a-fA-F:.]+\\]|[^\\s:\\[\\]]+):\\d{1,5}$',
      wanted: 'an address and a port, "127.0.0.1:8443"',
    }),
    gulp_context_id: text({ description: 'The context of the documents; the host name unless given.' }),
    source_id: withDefault('journalctl', text({ description: 'The source of the documents.' })),
    batch_size: withDefault(
      500,
      integer({ description: 'How many documents a request holds at most.', minimum: 1, maximum: 10_000 }),
    ),
    ...tlsOptions,
    verify: withDefault(
      'counters',
      choice(['counters', 'none'], {
        description:
          "When entries count as delivered: `counters`: when the request's counters say that all its documents are stored; `none`: when Gulp has taken the request, which says nothing.",
      }),
    ),
    verify_timeout: withDefault(
      60,
      number({
        description: 'How many seconds to wait for the counters of a request before it is sent again.',
        minimum: 0.1,
        maximum: 3600,
      }),
    ),
    tasks: withDefault([], list(task, { description: 'Tasks that run without being started from Gulp.' })),
    allow_custom_selection: withDefault(
      false,
      boolean({
        description:
          'Whether tasks may ask for units and priorities that `units_to_match` and `min_priority` of the reader leave out. What `units_to_exclude`, `match_key` and searches drop, and what is redacted, stays so.',
      }),
    ),
    gulp_unmapped: withDefault(
      false,
      boolean({
        description:
          'Send what has no place in the Elastic Common Schema as `gulp.unmapped`, too. OpenSearch 2.19 and others refuse such documents; `event.original` has it all in any case.',
      }),
    ),
  },
  { description: 'Is a bridge of Gulp: analysts start and stop tasks that bring entries into an operation.' },
);

/** The checked options of a `gulp` sender. */
export type GulpOptions = ConfigOf<typeof gulpOptions>;
