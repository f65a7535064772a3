import type { Spread } from '../measure.ts';

/** The middle one; of an even number of values the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that the share `p` of all values does not exceed. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]!;
}

/** Median of the values, and the range that they lie in. */
export function spread(values: readonly number[]): Spread {
  return { value: median(values), range: [Math.min(...values), Math.max(...values)] };
}

/** Median and range of the ratios taken inside each round, which a machine that is busy for a while does not bend. */
export function spreadOfRatios<R>(
  rounds: readonly R[],
  over: (round: R) => number,
  under: (round: R) => number,
): Spread {
  return spread(rounds.map((round) => over(round) / under(round)));
}
