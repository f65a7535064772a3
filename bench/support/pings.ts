import type { ChildProcess } from 'node:child_process';
import { watch, type FSWatcher } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { endChild } from '../../test/support/child.ts';

/** When each numbered entry was first seen in a text that comes in pieces, in ms of `performance.now()`. */
export class Pings {
  readonly seen = new Map<number, number>();
  #rest = '';

  see(text: string): void {
    const now = performance.now();
    this.#rest += text;
    let end = 0;
    for (const match of this.#rest.matchAll(/ping (\d+)\./g)) {
      const number = Number(match[1]);
      if (!this.seen.has(number)) this.seen.set(number, now);
      end = match.index + match[0].length;
    }
    this.#rest = this.#rest.slice(Math.max(end, this.#rest.length - 64));
  }
}

/** Pings that appear somewhere. Use it with `await using`: disposal ends the looking. */
export interface WatchedPings extends AsyncDisposable {
  readonly pings: Pings;
}

/** The pings in a file that grows; told by inotify, so that looking costs nothing while nothing comes. */
export class TailedPings implements WatchedPings {
  readonly pings = new Pings();
  readonly #file: FileHandle;
  readonly #watcher: FSWatcher;
  readonly #buffer = Buffer.alloc(1 << 16);
  #reading: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.#file = file;
    this.#watcher = watch(path, () => {
      this.#reading = this.#reading.then(() => this.#read());
    });
    this.#reading = this.#read();
  }

  static async of(path: string): Promise<TailedPings> {
    return new TailedPings(path, await open(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watcher.close();
    await this.#reading;
    await this.#file.close();
  }

  async #read(): Promise<void> {
    for (;;) {
      const { bytesRead } = await this.#file.read(this.#buffer, 0, this.#buffer.length);
      if (bytesRead === 0) return;
      this.pings.see(this.#buffer.toString('latin1', 0, bytesRead));
    }
  }
}

/** The pings that a child writes to its stdout; it ends with the looking. */
export class SpokenPings implements WatchedPings {
  readonly pings = new Pings();
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout!.setEncoding('latin1').on('data', (text: string) => {
      this.pings.see(text);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
  }
}
