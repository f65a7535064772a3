import { randomInt } from 'node:crypto';
import type { TestContext } from 'node:test';
import fc from 'fast-check';

/** What all fuzzing of this process depends on; `FUZZ_SEED=n` repeats a run. */
const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

const MIN_RUNS = 3;
const MAX_REPORT = 4000;

export interface FuzzLimits {
  readonly runs: number;
  /** Then it ends, whatever it has got to; too few cases by then are a failure. */
  readonly seconds: number;
}

/** Tries a property. Tells the seed; a failure also names the smallest case that was found. */
export async function fuzz<T>(
  t: TestContext,
  property: fc.IRawProperty<T>,
  { runs, seconds }: FuzzLimits,
): Promise<void> {
  t.diagnostic(`FUZZ_SEED=${seed}`);
  const begun = performance.now();
  const found = await fc.check(property as fc.IAsyncProperty<T>, {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: seconds * 1000,
  });
  const took = Math.round(performance.now() - begun);
  t.diagnostic(`${found.numRuns} cases in ${took} ms`);
  if (found.failed) {
    // A case may be a megabyte; the seed brings it back.
    const report = fc.defaultReportMessage(found)?.slice(0, MAX_REPORT);
    throw new Error(`FUZZ_SEED=${seed} repeats this.\n${report}`, {
      cause: found.errorInstance,
    });
  }
  if (found.numRuns < Math.min(runs, MIN_RUNS)) throw new Error(`only ${found.numRuns} of ${runs} cases in ${took} ms`);
}
