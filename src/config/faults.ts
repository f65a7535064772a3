import leven from 'leven';
import type { ConfigFault } from '../errors.ts';
import { escapedUnits, replaceUnsafe } from '../unsafe-text.ts';

/** A fault at a path of keys and indices. */
export function faultAt(path: readonly string[], message: string): ConfigFault {
  return { path: path.map(printable).join('.'), message };
}

/** Text from the config in double quotes, on one line and of bearable length. */
export function quoted(text: string): string {
  return `"${printable(text.length > 80 ? `${text.slice(0, 80)}…` : text)}"`;
}

/** `; did you mean "…"?` with the candidate that the word was probably meant to be, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const close = closest(word, candidates);
  return close === undefined ? '' : `; did you mean ${quoted(close)}?`;
}

/** The candidate that differs from the word by case or by few letters only. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of word.length > 200 ? [] : candidates) {
    const distance = isBeginning(word, candidate) ? 1 : leven(word.toLowerCase(), candidate.toLowerCase());
    // Two, because two letters that changed places count as two.
    const allowed = candidate.length < 4 ? 1 : Math.max(2, Math.floor(candidate.length / 3));
    if (distance <= allowed && distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `elastic` is not far from `elasticsearch`, however much is missing. */
function isBeginning(word: string, candidate: string): boolean {
  return word.length > 3 && word.length < candidate.length && candidate.startsWith(word.toLowerCase());
}

/** Texts from a file that go to a terminal must neither break the line nor steer the cursor. */
export function printable(text: string): string {
  return replaceUnsafe(text, escapedUnits);
}
