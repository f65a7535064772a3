/** What there is to know about a metric before it is sent. */
export interface MetricDeclaration {
  readonly type: 'gauge' | 'counter';
  readonly unit: string;
  /** Names of the tags it carries beside the global ones; one without a value is left out. */
  readonly tags: readonly (keyof typeof tagMeanings)[];
  readonly when: string;
  readonly meaning: string;
}

/** What the tags of the metrics mean. */
export const tagMeanings = {
  reader: "the reader's name in the config",
  sender: "the sender's name in the config",
  error: '`too_long`',
  exception: "the error's class",
  where: '`sender`',
  app: '`journalbridge`',
  regex: 'the pattern of a search',
  filter:
    '`own_log`, `unit`, `match` and `search` (before the senders), `unit_log_level` (of one sender); what journalctl leaves out for us (`units_to_match`, `min_priority`) is never read and not counted',
  pattern: "the secret filter's index in `secret_filters`, from 0",
  kind: 'see the meaning of the metric',
  reason: '`vacuumed`, `unreadable_file`, `damaged`, `suppressed` or `kernel_missed`: the `kind` of the gap',
  result: '`applied` or `refused`',
  stat: '`p50`, `p99` or `max`',
} as const;

const REPORT = 'every 10 s';
const NOT_ZERO = 'every 10 s, if there were any';

/** Metrics with journalpump's names: what moved dashboards and alerts rely on. */
const inherited = {
  'journal.last_read_ago': {
    type: 'gauge',
    unit: 'seconds',
    tags: ['reader'],
    when: REPORT,
    meaning: 'Time since entries were read last, or since the start.',
  },
  'journal.read_lines': {
    type: 'gauge',
    unit: 'entries',
    tags: ['reader'],
    when: REPORT,
    meaning: 'Entries read since the start.',
  },
  'journal.read_bytes': {
    type: 'gauge',
    unit: 'bytes',
    tags: ['reader'],
    when: REPORT,
    meaning: 'Bytes of the entries read since the start, in the longest form that any sender gets.',
  },
  'journal.last_sent_ago': {
    type: 'gauge',
    unit: 'seconds',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Time since the destination accepted a batch last, or since the start.',
  },
  'journal.sent_lines': {
    type: 'gauge',
    unit: 'entries',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Entries that the destination has accepted since the start.',
  },
  'journal.sent_bytes': {
    type: 'gauge',
    unit: 'bytes',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Bytes that the destination has accepted since the start.',
  },
  'journal.status': {
    type: 'gauge',
    unit: 'state',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: '3 connected, 2 disconnected, 0 stopped.',
  },
  'sender.failed_to_start': {
    type: 'gauge',
    unit: 'senders',
    tags: ['reader'],
    when: 'every 10 s while it is not 0, and once after',
    meaning: 'Senders of the reader that could not be made from their options yet; they are tried again.',
  },
  'journal.secret_filter_match': {
    type: 'counter',
    unit: 'entries',
    tags: ['reader'],
    when: `${NOT_ZERO} and \`secret_filter_metrics\` is true`,
    meaning: 'Entries that a secret filter has changed.',
  },
  'journal.corrupted_log_entry': {
    type: 'counter',
    unit: 'records',
    tags: ['reader'],
    when: NOT_ZERO,
    meaning: 'Records of journalctl that could not be decoded.',
  },
  'journal.read_error': {
    type: 'counter',
    unit: 'entries',
    tags: ['error', 'reader'],
    when: NOT_ZERO,
    meaning: 'Entries over `max_entry_bytes`, which go out as stubs.',
  },
  'journal.perform_search_regex_duration': {
    type: 'gauge',
    unit: 'seconds',
    tags: ['regex', 'reader'],
    when: 'as a search takes longer than `threshold_for_metric_emit`',
    meaning: 'How long the pattern took.',
  },
  exception: {
    type: 'counter',
    unit: 'errors',
    tags: ['exception', 'where', 'app', 'reader', 'sender'],
    when: NOT_ZERO,
    meaning: 'Errors that no one expected: bugs, of journalbridge or of a client library. The log has their stacks.',
  },
} as const satisfies Record<string, MetricDeclaration>;

/** Metrics that journalpump does not have. */
const own = {
  'journalbridge.lag_seconds': {
    type: 'gauge',
    unit: 'seconds',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning:
      'Age of the oldest entry that is not settled (accepted, or not for this sender); 0 when there is nothing more to read.',
  },
  'journalbridge.lag_entries': {
    type: 'gauge',
    unit: 'entries',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Entries that were read and are not settled yet.',
  },
  'journalbridge.queue_entries': {
    type: 'gauge',
    unit: 'entries',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Entries in memory that wait for the destination, those in flight included.',
  },
  'journalbridge.queue_bytes': {
    type: 'gauge',
    unit: 'bytes',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Bytes of these entries.',
  },
  'journalbridge.batches': {
    type: 'counter',
    unit: 'batches',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Batches that the destination has accepted.',
  },
  'journalbridge.retries': {
    type: 'counter',
    unit: 'attempts',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Attempts to connect or to send that failed and are made again.',
  },
  'journalbridge.rejected_entries': {
    type: 'counter',
    unit: 'entries',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Entries that the destination has refused for good; they are dead letters.',
  },
  'journalbridge.dead_letters': {
    type: 'counter',
    unit: 'entries',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Entries put into the dead letter file: all that were refused, unless there is no state file.',
  },
  'journalbridge.dead_letters_rotated_out': {
    type: 'counter',
    unit: 'entries',
    tags: ['reader', 'sender'],
    when: REPORT,
    meaning: 'Dead letters that were removed because there were more than `dead_letter_max_bytes` of them.',
  },
  'journalbridge.dropped_entries': {
    type: 'counter',
    unit: 'entries',
    tags: ['reader', 'sender', 'filter'],
    when: REPORT,
    meaning: 'Entries that the config does not want. `sender` only where the filter is one of a sender.',
  },
  'journalbridge.redactions': {
    type: 'counter',
    unit: 'matches',
    tags: ['reader', 'pattern'],
    when: REPORT,
    meaning: 'Matches that this secret filter has replaced.',
  },
  'journalbridge.decode_errors': {
    type: 'counter',
    unit: 'records',
    tags: ['reader', 'kind'],
    when: REPORT,
    meaning:
      '`malformed` not in the export format, `truncated` ended by the end of journalctl, `cut` over 16 MiB and kept in part.',
  },
  'journalbridge.journalctl_restarts': {
    type: 'counter',
    unit: 'restarts',
    tags: ['reader'],
    when: REPORT,
    meaning: 'Times that journalctl ended unasked and was started again where it had stopped.',
  },
  'journalbridge.stall_restarts': {
    type: 'counter',
    unit: 'restarts',
    tags: ['reader'],
    when: REPORT,
    meaning:
      'Times that journalctl was killed and started again because it gave nothing, though there were entries (`stall_check_interval`).',
  },
  'journalbridge.journalctl_complaints': {
    type: 'counter',
    unit: 'lines',
    tags: ['reader', 'kind'],
    when: NOT_ZERO,
    meaning:
      'Lines on its stderr: `file-skipped`, `permission`, `missing`, `bad-cursor`, `merge-refused`, `no-such-boot`, `other`.',
  },
  'journalbridge.feeds': {
    type: 'gauge',
    unit: 'journalctls',
    tags: ['reader'],
    when: REPORT,
    meaning: 'Feeds that read for it: one, and one more for each place at which senders that were set apart catch up.',
  },
  'journalbridge.feed_splits': {
    type: 'counter',
    unit: 'times',
    tags: ['reader'],
    when: REPORT,
    meaning: 'Times that a sender was set apart because it had held up the others for `isolation_timeout`.',
  },
  'journalbridge.feed_merges': {
    type: 'counter',
    unit: 'times',
    tags: ['reader'],
    when: REPORT,
    meaning: 'Times that a feed caught up with another one, so that their senders read together again.',
  },
  'journalbridge.gaps': {
    type: 'counter',
    unit: 'gaps',
    tags: ['reader', 'reason'],
    when: REPORT,
    meaning: 'Ranges of the journal that could not be read, or never got into it.',
  },
  'journalbridge.reloads': {
    type: 'counter',
    unit: 'reloads',
    tags: ['result'],
    when: REPORT,
    meaning: 'Reloads of the config: taken over, or refused because of its faults.',
  },
  'journalbridge.state_save_failures': {
    type: 'counter',
    unit: 'saves',
    tags: [],
    when: REPORT,
    meaning: 'Saves of the state file that failed and are made again.',
  },
  'journalbridge.event_loop_delay_seconds': {
    type: 'gauge',
    unit: 'seconds',
    tags: ['stat'],
    when: REPORT,
    meaning: 'How late the event loop was since the last report.',
  },
  'journalbridge.rss_bytes': {
    type: 'gauge',
    unit: 'bytes',
    tags: [],
    when: REPORT,
    meaning: 'Resident memory of the process, journalctl not included.',
  },
} as const satisfies Record<string, MetricDeclaration>;

/** Every metric there is, but those that searches define: they are named as the user names them. */
export const metricsTable = { ...inherited, ...own };

/** The name of a metric of the table. */
export type MetricName = keyof typeof metricsTable;

type NamesOf<T extends MetricDeclaration['type']> = {
  [N in MetricName]: (typeof metricsTable)[N]['type'] extends T ? N : never;
}[MetricName];

/** The name of a metric that says how something is. */
export type GaugeName = NamesOf<'gauge'>;

/** The name of a metric that says how often something happened. */
export type CounterName = NamesOf<'counter'>;
