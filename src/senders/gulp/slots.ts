/** Lets only so many do something at one time; the others wait in line. */
export class Slots {
  private free: number;
  private readonly waiting = new Set<() => void>();

  constructor(count: number) {
    this.free = count;
  }

  /** Does it when it is its turn. Throws at once when the signal aborts before that. */
  async use<T>(signal: AbortSignal, action: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await this.turn(signal);
    try {
      signal.throwIfAborted();
      return await action();
    } finally {
      const [next] = this.waiting;
      if (next === undefined) this.free++;
      else next();
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const taken = (): void => {
        this.waiting.delete(taken);
        signal.removeEventListener('abort', givenUp);
        resolve();
      };
      const givenUp = (): void => {
        this.waiting.delete(taken);
        reject(signal.reason as Error);
      };
      signal.throwIfAborted();
      this.waiting.add(taken);
      signal.addEventListener('abort', givenUp, { once: true });
    });
  }
}
