/** Values that came from credentials: whatever is told or logged must not hold them. */
const values = new Set<string>();

/** What is shorter stands in ordinary words, too; hiding it would tell more than it hides. */
const MIN_LENGTH = 4;

/** From now on `withoutSecrets` hides this value. */
export function keepSecret(value: string): void {
  if (value.length < MIN_LENGTH) return;
  // As it stands, as it stands in JSON, and as it stands in an address.
  for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]) {
    values.add(form);
  }
}

/** The text with a word in place of every secret in it. */
export function withoutSecrets(text: string): string {
  if (values.size === 0) return text;
  let safe = text;
  // Longer ones first: one secret may be the beginning of another.
  for (const value of [...values].sort((a, b) => b.length - a.length)) safe = safe.replaceAll(value, '(secret)');
  return safe;
}
