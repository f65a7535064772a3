/** Values that came from credentials: whatever is told or logged must not hold them. Each as what finds it in a text. */
const values = new Map<string, RegExp | string>();
/** Those in order of their lengths; made when it is asked for. */
let longestFirst: readonly (RegExp | string)[] | undefined;

/** What is shorter stands in ordinary words, too; hiding it there would tell more than it hides. */
const MIN_LENGTH = 4;
/** With each reload other values may come. The oldest are forgotten, long after nobody uses them. */
const MAX_VALUES = 4096;

/** From now on `withoutSecrets` hides this value; a short one only if `isDeclared` a secret, and only where it stands alone. */
export function keepSecret(value: string, isDeclared = false): void {
  if (value.length >= MIN_LENGTH) {
    // As it stands, as it stands in JSON, and as it stands in an address.
    for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())])
      keep(form, form);
  } else if (isDeclared && value !== '') {
    const escaped = value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    keep(value, new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, 'gu'));
  }
}

function keep(value: string, search: RegExp | string): void {
  values.delete(value);
  values.set(value, search);
  for (const [oldest] of values) {
    if (values.size <= MAX_VALUES) break;
    values.delete(oldest);
  }
  longestFirst = undefined;
}

/** The text with a word in place of every secret in it. */
export function withoutSecrets(text: string): string {
  if (values.size === 0) return text;
  // One secret may be the beginning of another.
  longestFirst ??= Array.from(values)
    .sort(([a], [b]) => b.length - a.length)
    .map(([, search]) => search);
  let safe = text;
  for (const search of longestFirst) safe = safe.replaceAll(search, '(secret)');
  return safe;
}
