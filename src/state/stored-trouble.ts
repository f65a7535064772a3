/** An error with the ISO time when it came last and the stable code of its class (`BUG`: one that nobody expected). */
export interface StoredError {
  time: string;
  code: string;
  message: string;
  /** How often it came in a row. */
  times: number;
}

/** What has become of entries that the destination refused for good, in all runs together. */
export interface StoredDeadLetters {
  /** Refused entries. */
  rejected: number;
  /** Those of them that went to the dead letter file. */
  count: number;
  /** Dead letters that were removed because the file was full. */
  rotated_out: number;
  last: { time: string; reason: string } | null;
}

/** A sender that was never refused anything. */
export function emptyDeadLetters(): StoredDeadLetters {
  return { rejected: 0, count: 0, rotated_out: 0, last: null };
}

/** Reads what is there; whatever else is there does not matter enough to refuse the file. */
export function parseDeadLetters(value: unknown): StoredDeadLetters {
  const { rejected, count, rotated_out, last } = objectOf(value);
  const { time, reason } = objectOf(last);
  return {
    rejected: numberOf(rejected),
    count: numberOf(count),
    rotated_out: numberOf(rotated_out),
    last: typeof time === 'string' && typeof reason === 'string' ? { time, reason } : null,
  };
}

/** The `last_errors` of a sender's `health`, as far as they can be read: no error of the past is worth a refused file. */
export function parseLastErrors(health: unknown): StoredError[] {
  const list = objectOf(health)['last_errors'];
  return (Array.isArray(list) ? list : []).flatMap((each) => {
    const { time, code, message, times } = objectOf(each);
    const isWhole = typeof time === 'string' && typeof code === 'string' && typeof message === 'string';
    return isWhole ? [{ time, code, message, times: Math.max(1, numberOf(times)) }] : [];
  });
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}
