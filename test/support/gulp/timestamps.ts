/** A time as the manager keeps it. */
export interface StoredTime {
  /** ISO 8601 with microseconds as far as there are any. */
  readonly iso: string;
  /** Nanoseconds since 1970; below the microsecond there is nothing. */
  readonly nanos: bigint;
  readonly isValid: boolean;
}

const invalid: StoredTime = { iso: '1970-01-01T00:00:00Z', nanos: 0n, isValid: false };
const earliestMicros = BigInt(Date.UTC(1990, 0, 1)) * 1000n;
const latestMicros = BigInt(Date.UTC(2262, 0, 1)) * 1000n;

/** Numbers below this are seconds, below 1000 times this milliseconds, and so on. */
const secondsLimit = 100_000_000_000n;

/**
 * Reads `@timestamp`: digits in seconds, milliseconds, microseconds or nanoseconds by their size, seconds with a fraction,
 * ISO 8601. What cannot be read, or lies before 1990 or after 2262, counts as 1970 and is marked.
 */
export function readTimestamp(value: unknown): StoredTime {
  const micros = typeof value === 'string' || typeof value === 'number' ? toMicros(String(value).trim()) : undefined;
  if (micros === undefined || micros < earliestMicros || micros >= latestMicros) return invalid;
  return { iso: toIso(micros), nanos: micros * 1000n, isValid: true };
}

function toMicros(text: string): bigint | undefined {
  if (/^\d{1,20}$/.test(text)) return bySize(BigInt(text));
  const seconds = /^(\d{1,11})\.(\d+)$/.exec(text);
  if (seconds) return BigInt(seconds[1]!) * 1_000_000n + fractionMicros(seconds[2]!);
  return fromIso(text);
}

function bySize(count: bigint): bigint {
  if (count < secondsLimit) return count * 1_000_000n;
  if (count < secondsLimit * 1000n) return count * 1000n;
  return count < secondsLimit * 1_000_000n ? count : count / 1000n;
}

function fromIso(text: string): bigint | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text);
  if (!parts) return undefined;
  const millis = Date.parse(`${parts[1]!}T${parts[2] ?? '00:00:00'}${parts[4]?.toUpperCase() ?? 'Z'}`);
  return Number.isNaN(millis) ? undefined : BigInt(millis) * 1000n + fractionMicros(parts[3] ?? '');
}

function fractionMicros(digits: string): bigint {
  return BigInt(digits.slice(0, 6).padEnd(6, '0'));
}

function toIso(micros: bigint): string {
  const fraction = micros % 1_000_000n;
  const seconds = new Date(Number(micros / 1000n)).toISOString().slice(0, 19);
  return `${seconds}${fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`}+00:00`;
}
