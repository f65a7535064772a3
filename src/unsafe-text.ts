/** What may steer a terminal, change the order of characters or is no text: all but what joins emoji and scripts. */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with every such character escaped as JSON does it: JSON stays JSON with the same meaning. */
export function escapeUnsafe(text: string): string {
  return replaceUnsafe(text, (char) => SHORT[char] ?? escapedUnits(char));
}

/** The text with something in place of every such character. */
export function replaceUnsafe(text: string, replacement: (char: string) => string): string {
  return text.replace(UNSAFE, replacement);
}

/** The character as `\uXXXX`, twice where it has two halves. */
export function escapedUnits(char: string): string {
  return Array.from({ length: char.length }, (_, n) => `\\u${char.charCodeAt(n).toString(16).padStart(4, '0')}`).join(
    '',
  );
}
