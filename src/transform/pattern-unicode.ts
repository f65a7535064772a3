const LAST = 0x10ffff;
const cache = new Map<string, [number, number][]>();

/** The ranges of characters that an expression for one character does not match; for RE2, which cannot nest negations. */
export function rangesOutside(members: RegExp): readonly (readonly [first: number, last: number])[] {
  const known = cache.get(members.source);
  if (known !== undefined) return known;
  const ranges: [number, number][] = [];
  let first = -1;
  for (let code = 0; code <= LAST + 1; code++) {
    const isOutside = code <= LAST && !members.test(String.fromCodePoint(code));
    if (isOutside && first < 0) first = code;
    if (!isOutside && first >= 0) {
      ranges.push([first, code - 1]);
      first = -1;
    }
  }
  cache.set(members.source, ranges);
  return ranges;
}
