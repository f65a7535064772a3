/** How fast things go wrong, and for how long; seconds, at least and at most. */
export interface Pace {
  readonly between: readonly [number, number];
  readonly outage: readonly [number, number];
}

export interface SoakOptions {
  readonly minutes: number;
  readonly perSecond: number;
  readonly seed: number;
  /** Whether all kinds of senders are there, on real servers. */
  readonly isWhole: boolean;
}

const SMALL_PACE: Pace = { between: [0.5, 4.5], outage: [3, 15] };
const WHOLE_PACE: Pace = { between: [15, 45], outage: [5, 40] };
/** Of the time there is, so much is for the faults of one deck: then each comes, whatever the seed. */
const SHARE = 0.88;

/** The pace of a run in which `kinds` faults can happen: quick enough that each does, if there is time for that. */
export function paceOf({ isWhole, minutes }: SoakOptions, kinds: number): Pace {
  const { between, outage } = isWhole ? WHOLE_PACE : SMALL_PACE;
  const [least, most] = between;
  const mean = (SHARE * minutes * 60) / kinds;
  return { between: [least, Math.min(most, Math.max((least * 4) / 3, 2 * mean - least))], outage };
}

/** Seconds of such a range as ms. */
export function drawMs([least, most]: readonly [number, number], random: () => number): number {
  return 1000 * (least + random() * (most - least));
}
