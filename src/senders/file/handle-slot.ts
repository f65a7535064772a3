import type { FileHandle } from 'node:fs/promises';

/** Holds the open handle of a file, or none; all slots of a sender share a counter of those that hold one. */
export class HandleSlot {
  private readonly counter: { open: number };
  private handle: FileHandle | undefined;

  constructor(counter: { open: number }) {
    this.counter = counter;
  }

  get held(): FileHandle | undefined {
    return this.handle;
  }

  hold(file: FileHandle): void {
    this.handle = file;
    this.counter.open++;
  }

  /** Hands it over to the caller, who closes it. */
  release(): FileHandle | undefined {
    const file = this.handle;
    this.handle = undefined;
    if (file !== undefined) this.counter.open--;
    return file;
  }
}
