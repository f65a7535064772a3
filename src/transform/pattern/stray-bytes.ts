/** Bytes that are not all UTF-8, read as text nevertheless. */
export interface Reading {
  /** UTF-8, with a letter for each byte that belongs to no character. */
  readonly text: Buffer;
  /** The place in the bytes of a place in the text. */
  readonly placeOf: (at: number) => number;
}

/** A letter that no set of word characters leaves out. */
const ANY_LETTER = 0xff;
const FIRST_CONTINUATION = 0x80;
const LAST_CONTINUATION = 0xbf;
/** For the lead bytes whose second byte may not be any continuation byte: overlong forms, surrogates, past the last character. */
const SECOND_BYTE = new Map<number, readonly [first: number, last: number]>([
  [0xe0, [0xa0, LAST_CONTINUATION]],
  [0xed, [FIRST_CONTINUATION, 0x9f]],
  [0xf0, [0x90, LAST_CONTINUATION]],
  [0xf4, [FIRST_CONTINUATION, 0x8f]],
]);

/**
 * Reads bytes as UTF-8 and each byte that is none as the letter or sign that it is in Latin-1, so that a stray byte in
 * the middle of a secret does not end it. Bytes that Latin-1 has no visible character for count as a letter, too.
 */
export function readStrayBytes(bytes: Buffer): Reading {
  const text = Buffer.allocUnsafe(bytes.length * 2);
  const strays: number[] = [];
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    const size = characterSize(bytes, at);
    if (size === 0) {
      strays.push(length);
      const code = bytes[at++]! > 0xa0 ? bytes[at - 1]! : ANY_LETTER;
      text[length++] = 0xc0 | (code >> 6);
      text[length++] = 0x80 | (code & 0x3f);
    }
    for (let rest = size; rest > 0; rest--) text[length++] = bytes[at++]!;
  }
  return { text: text.subarray(0, length), placeOf: (at) => at - countBelow(strays, at) };
}

/** Bytes of the character that begins here; 0 when none does. */
function characterSize(bytes: Buffer, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const [first, last] = SECOND_BYTE.get(lead) ?? [FIRST_CONTINUATION, LAST_CONTINUATION];
  const second = bytes[at + 1] ?? 0;
  if (second < first || second > last) return 0;
  for (let i = 2; i < size; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return size;
}

/** How many of the rising numbers are less than a limit. */
function countBelow(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
