import type { Appendable } from './descriptor.ts';

/** Holds the open handle of a file, or none; all slots of a sender share a counter of those that hold one. */
export class HandleSlot {
  private readonly counter: { open: number };
  private handle: Appendable | undefined;

  constructor(counter: { open: number }) {
    this.counter = counter;
  }

  get held(): Appendable | undefined {
    return this.handle;
  }

  hold(file: Appendable): void {
    this.handle = file;
    this.counter.open++;
  }

  /** Hands it over to the caller, who closes it. */
  release(): Appendable | undefined {
    const file = this.handle;
    this.handle = undefined;
    if (file !== undefined) this.counter.open--;
    return file;
  }
}
