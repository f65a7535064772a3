import { numberIn, SECRET } from './entries.ts';

export interface TallyOptions {
  readonly name: string;
  /** Which numbers are meant for it; all unless given. */
  readonly selects?: (number: number) => boolean;
  /** Which it refuses for good; none unless given. */
  readonly refuses?: (number: number) => boolean;
  /** Whether what comes to it has an order at all. */
  readonly isOrdered?: boolean;
}

/** Counts the numbers that come to a destination, in the order in which they come. */
export class Tally {
  readonly options: TallyOptions;
  /** Deliveries, repeated ones too. */
  total = 0;
  /** Numbers that came for the first time after a higher one of the same stream. */
  disorders = 0;
  /** Payloads with a secret in clear. */
  leaks = 0;
  private counts = new Uint8Array(1 << 16);
  private readonly highest = new Map<string, number>();

  constructor(options: TallyOptions) {
    this.options = options;
  }

  /** Something has come in this stream: a file, a partition, or all there is. */
  take(payload: string, stream = ''): void {
    if (payload.includes(SECRET)) this.leaks++;
    const number = numberIn(payload);
    if (number !== undefined) this.add(number, stream);
  }

  add(number: number, stream = ''): void {
    if (number >= this.counts.length) this.grow(number);
    const highest = this.highest.get(stream) ?? -1;
    const isNew = this.counts[number] === 0;
    // An entry may come again after a crash, but one that comes for the first time must be the highest so far.
    if (isNew && number < highest) this.disorders++;
    this.highest.set(stream, Math.max(highest, number));
    if (isNew) this.counts[number] = 1;
    this.total++;
  }

  has(number: number): boolean {
    return (this.counts[number] ?? 0) > 0;
  }

  /** How many different numbers have come. */
  get distinct(): number {
    return this.counts.reduce((sum, each) => sum + each, 0);
  }

  private grow(number: number): void {
    const bigger = new Uint8Array(Math.max(number + 1, this.counts.length * 2));
    bigger.set(this.counts);
    this.counts = bigger;
  }
}
