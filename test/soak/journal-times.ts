import type { StoredReader } from '../../src/state/stored.ts';

/** When journald has stamped each entry, as far as a destination shows it, in whole ms since 1970. */
export class JournalTimes {
  private readonly known: number[] = [];

  /** Takes the time from a payload of journalpump's format. */
  note(number: number, payload: string): void {
    const time = /"timestamp": ?"([^"]+)"/.exec(payload)?.[1];
    if (time !== undefined) this.known[number] = Date.parse(`${time.slice(0, 23)}Z`);
  }

  /**
   * Tells of each of the first `count` numbers whether a gap in the state accounts for it. An entry that nobody has got is
   * as old as something between those beside it that somebody has.
   */
  gapTest(count: number, reader: StoredReader | undefined): (number: number) => boolean {
    const ranges = rangesOf(reader);
    const [earliest, latest] = [this.filled(count, 1), this.filled(count, -1)];
    return (number) => ranges.some(({ from, to }) => from <= earliest[number]! && latest[number]! <= to);
  }

  /** Each unknown time is that of the next known one before it (`step` 1) or behind it (-1). */
  private filled(count: number, step: 1 | -1): Float64Array {
    const times = new Float64Array(count);
    let last = NaN;
    for (let n = 0, at = step === 1 ? 0 : count - 1; n < count; n++, at += step)
      times[at] = last = this.known[at] ?? last;
    return times;
  }
}

/** A gap without a beginning or an end accounts for nothing. */
function rangesOf(reader: StoredReader | undefined): { from: number; to: number }[] {
  return (reader?.gaps ?? []).map((gap) => {
    const { from, to } = gap as { from: string | null; to: string | null };
    return { from: Date.parse(from ?? ''), to: Date.parse(to ?? '') };
  });
}
