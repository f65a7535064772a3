import { withoutSecrets } from '../../secrets.ts';

const MAX_LENGTH = 300;
/** Behind these words a server quotes the entry. */
const PREVIEWS = [
  "Preview of field's value",
  'The prefix of the first immense term',
  'For input string',
  'do not match field value',
  'against source',
  'Current token',
  'Unexpected character',
  'Unrecognized token',
];
const SHORTEST_VALUE = 4;

/** A server's reason for refusing an entry, without the pieces of the entry that it quotes. */
export function reasonWithout(payload: string, type: string, reason: string): string {
  const { names, values } = wordsOf(payload);
  // Secrets first: what takes pieces out of them makes them hard to find.
  let text = withoutPreview(withoutSecrets(reason));
  for (const value of values) text = text.replaceAll(value, '…');
  text = maskQuotes(text).replace(/\[([^[\]]*)\]/g, (whole, inner: string) => {
    return names.has(inner) || /^([a-z_]{1,30}|\d+(:\d+)?)$/.test(inner) ? whole : '[…]';
  });
  text = text.replace(/[\s\p{Cc}]+/gu, ' ').replace(/[\s.:]+$/, '');
  return [type, text.slice(0, MAX_LENGTH)].filter((part) => part !== '').join(': ');
}

/** What a server says before it quotes the entry. */
export function withoutPreview(reason: string): string {
  return PREVIEWS.reduce((whole, words) => whole.split(words)[0]!, reason);
}

/** Replaces what stands in quotes, and secrets of ours: a server may tell what it was given. */
export function maskQuotes(text: string): string {
  return withoutSecrets(text).replace(/'[^']*'|"[^"]*"/g, (quoted) => `${quoted[0]!}…${quoted[0]!}`);
}

/** The names of an entry's fields, nested ones with dots, and its texts, the longest first. */
function wordsOf(payload: string): { names: Set<string>; values: string[] } {
  const names = new Set<string>();
  const values = new Set<string>();
  collect(parsed(payload), '', names, values);
  return { names, values: [...values].sort((a, b) => b.length - a.length) };
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload; // a text without parts, then
  }
}

function collect(value: unknown, name: string, names: Set<string>, values: Set<string>): void {
  if (typeof value === 'string' && value.length >= SHORTEST_VALUE) values.add(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const path = Array.isArray(value) ? name : name === '' ? key : `${name}.${key}`;
    names.add(path);
    collect(inner, path, names, values);
  }
}
