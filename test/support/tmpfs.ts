import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemCodeOf } from '../../src/errors.ts';

const execute = promisify(execFile);
const MAX_BALLAST_BYTES = 4 << 20;

/** A small file system of its own, to be filled up. Takes `need(t, 'tmpfs')`. Use it with `await using`. */
export class Tmpfs implements AsyncDisposable {
  readonly path: string;
  readonly #ballast: string;
  readonly #sizeBytes: number;

  private constructor(path: string, sizeBytes: number) {
    this.path = path;
    this.#sizeBytes = sizeBytes;
    this.#ballast = join(path, '.ballast');
  }

  /** Mounts one with room for so many bytes (rounded up to whole pages). */
  static async mount(sizeBytes: number): Promise<Tmpfs> {
    const path = await mkdtemp(join(tmpdir(), 'tmpfs-'));
    await execute('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path]);
    return new Tmpfs(path, sizeBytes);
  }

  /** Takes all the room that is left: the next write of a new page fails with ENOSPC. */
  async fill(): Promise<void> {
    await this.#shrink();
    await using file = await open(this.#ballast, 'a');
    const page = Buffer.alloc(4096);
    try {
      for (;;) await file.write(page);
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOSPC') throw error;
    }
  }

  /** Takes no more writes (EROFS), or takes them again. */
  async setReadOnly(isReadOnly: boolean): Promise<void> {
    await execute('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, this.path]);
  }

  /** Gives back the room that `fill` took. */
  async free(): Promise<void> {
    await this.#resize(this.#sizeBytes);
    await rm(this.#ballast, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await execute('umount', ['--lazy', this.path]); // lazy: whoever still writes there loses nothing of value
    await rmdir(this.path);
  }

  /** To what is used now, as ballast is memory. */
  async #shrink(): Promise<void> {
    const { blocks, bfree, bsize } = await statfs(this.path);
    if (bfree * bsize < MAX_BALLAST_BYTES) return;
    await this.#resize((blocks - bfree) * bsize + MAX_BALLAST_BYTES);
  }

  async #resize(bytes: number): Promise<void> {
    await execute('mount', ['-o', `remount,size=${bytes}`, this.path]);
  }
}
