/** What the command line asks for, and where a measure may write. */
export interface Bench {
  /** Entries of the journal that is shipped. */
  readonly entries: number;
  readonly rounds: number;
  /** Also the measures that take journals of millions of entries, which take minutes to build. */
  readonly large: boolean;
  /** Seconds to look at a process that has nothing to do. */
  readonly windowSeconds: number;
  /** An empty folder on the disk that the journal is on. */
  readonly folder: string;
  /** Tells whoever waits how far it is. */
  say(text: string): void;
}

/** What a figure has to reach. */
export interface Target {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A median, and between what the rounds lay. */
export interface Spread {
  readonly value: number;
  readonly range?: readonly [least: number, most: number];
}

/** One number, and what it should be if there is a wish. */
export interface Figure extends Spread {
  readonly name: string;
  readonly unit: string;
  readonly target?: Target;
}

/** Several things beside each other: who or what in the first cell of each row. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | Spread)[])[];
  /** For each column what is good, if one can say so. */
  readonly better?: readonly ('' | 'more' | 'less')[];
}

/** What a measure found: the figures, and all that they were computed from. */
interface Outcome {
  readonly figures: readonly Figure[];
  readonly table?: Table;
  readonly rounds: readonly unknown[];
  /** Versions of other programs that took part. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** One question about speed or memory, with a file of its own. */
export interface Measure {
  /** As on the command line. */
  readonly name: string;
  readonly title: string;
  /** With how much it is taken for docs/performance.md, where that is not what the command line says. */
  readonly inReport?: Partial<Pick<Bench, 'entries' | 'rounds'>>;
  /** Why it cannot be taken here; undefined if it can. */
  lack?(): string | undefined;
  run(bench: Bench): Promise<Outcome>;
}
