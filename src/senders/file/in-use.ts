import type { Families } from './families.ts';

/** Which files with a time in their name are being written, so that nobody takes them for finished. */
export class InUse {
  private readonly families: Families;
  /** Paths by the batch that wrote to them last, until the state on the disk knows of it. */
  private readonly busy = new Map<string, number>();
  /** The last path of each family in the last batch. */
  private newest = new Map<string, string>();
  private readonly claimed = new Map<string, Promise<void>>();

  constructor(families: Families) {
    this.families = families;
  }

  /** This batch is about to be written to these paths. Resolves when nobody is just moving or removing one of them. */
  async use(paths: Iterable<string>, batch: number): Promise<void> {
    this.newest = new Map();
    const awaited: Promise<void>[] = [];
    for (const path of paths) {
      this.busy.set(path, batch);
      this.newest.set(this.families.read(path)?.family ?? path, path);
      const claimed = this.claimed.get(path);
      if (claimed !== undefined) awaited.push(claimed);
    }
    await Promise.all(awaited);
  }

  /** The state on the disk knows of this batch. */
  saved(known: number): void {
    for (const [path, batch] of this.busy) if (batch <= known) this.busy.delete(path);
  }

  /** Does something with a file while no batch begins that writes to it; false when it is in use. */
  async whileFree(path: string, action: () => Promise<void>): Promise<boolean> {
    const isNewest = this.newest.get(this.families.read(path)?.family ?? path) === path;
    if (isNewest || this.busy.has(path)) return false;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.claimed.set(path, promise);
    try {
      await action();
    } finally {
      this.claimed.delete(path);
      resolve(undefined);
    }
    return true;
  }
}
