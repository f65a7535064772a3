import { aborted, pause } from './backoff.ts';
import type { Reader } from './pipeline/reader.ts';
import { Succession, type Heir } from './succession.ts';
import type { Log } from './telemetry/log.ts';

export interface SuccessionsOptions {
  readonly log: Log;
  /** How long a reader may go on sending what it has read before the next one begins. */
  patienceMs(): number;
  /** A reader has sent what it could, and is about to close its senders. */
  drained(): Promise<void>;
  /** The reader of this name has ended and is about to be forgotten. */
  ended(name: string): void;
}

/** A hanging sender must not hold up the exit, nor a reload for ever. */
const GRACE_MS = 500;

/** All readers by name, through all reloads. */
export class Successions {
  private readonly options: SuccessionsOptions;
  private readonly all = new Map<string, Succession>();

  constructor(options: SuccessionsOptions) {
    this.options = options;
  }

  /** The readers that are at work, or are being started or ended. */
  get readers(): Reader[] {
    return [...this.all.values()].map(({ reader }) => reader).filter((reader) => reader !== undefined);
  }

  /** The first reader of this name; to start it is for the caller. */
  begin(name: string, heir: Heir): Reader {
    const reader = heir.make();
    this.all.set(name, this.create(name, { heir, reader }));
    return reader;
  }

  of(name: string): Succession {
    const found = this.all.get(name) ?? this.create(name);
    this.all.set(name, found);
    return found;
  }

  /** Ends the removed ones and has heirs begin. Resolves when all that can has begun, or the time is over. */
  async replace(removed: readonly string[], heirs: ReadonlyMap<string, Heir>, timeoutMs: number): Promise<void> {
    const changing = [...removed, ...heirs.keys()].map((name) => this.of(name).replace(heirs.get(name)));
    const enough = new AbortController();
    const allChanged = Promise.all(changing).then(() => {
      enough.abort();
    });
    await Promise.race([allChanged, pause(timeoutMs + GRACE_MS, enough.signal)]);
    for (const name of removed) if (this.all.get(name)?.reader === undefined) this.all.delete(name);
  }

  /** Ends all of them. Returns the names of those that had not ended by the deadline, a short grace included. */
  async stop(deadline: AbortSignal): Promise<string[]> {
    const left = new Map(this.all);
    const ends = [...left].map(async ([name, succession]) => {
      await succession.stop(deadline);
      left.delete(name);
    });
    await Promise.race([Promise.all(ends), pauseUntil(deadline)]);
    return [...left.keys()];
  }

  private create(name: string, first?: ConstructorParameters<typeof Succession>[1]): Succession {
    const { options } = this;
    const own = {
      name,
      log: options.log.scoped(name),
      ended: () => {
        options.ended(name);
      },
    };
    return new Succession({ ...options, ...own }, first);
  }
}

/** Resolves once the deadline has passed, a short grace included. */
async function pauseUntil(deadline: AbortSignal): Promise<void> {
  await aborted(deadline);
  await pause(GRACE_MS, new AbortController().signal);
}
