/** Sets of characters as ranges of code points, both ends included, in rising order and apart from each other. */
export type Ranges = readonly (readonly [first: number, last: number])[];

const LAST = 0x10ffff;
/** Unicode keeps letters and digits to its first four planes. */
const LAST_LETTER = 0x3ffff;

/** All characters of these ranges, which may overlap and be in any order. */
export function union(ranges: Ranges): Ranges {
  const joined: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const previous = joined.at(-1);
    if (previous === undefined || first > previous[1] + 1) joined.push([first, last]);
    else previous[1] = Math.max(previous[1], last);
  }
  return joined;
}

/** All other characters. */
export function outside(ranges: Ranges): Ranges {
  const others: [number, number][] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) others.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST) others.push([next, LAST]);
  return others;
}

/** The characters that are in both sets. */
export function common(a: Ranges, b: Ranges): Ranges {
  return outside(union([...outside(a), ...outside(b)]));
}

/** The letters or digits that an expression for one character matches; it looks at every character. */
export function rangesOf(members: RegExp): Ranges {
  const ranges: [number, number][] = [];
  for (let code = 0; code <= LAST_LETTER; code++) {
    if (!members.test(String.fromCodePoint(code))) continue;
    const previous = ranges.at(-1);
    if (previous?.[1] === code - 1) previous[1] = code;
    else ranges.push([code, code]);
  }
  return ranges;
}
