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

/** When most metrics are sent. */
export const REPORT = 'every 10 s';
/** When metrics of what ought not to happen are sent. */
export const NOT_ZERO = 'every 10 s, if there were any';
