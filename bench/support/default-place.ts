import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MountNamespace } from '../../test/support/mount-namespace.ts';
import { machineId } from '../../test/support/vocabulary.ts';
import type { Place } from '../shippers/shipper.ts';

/** The journal where programs look for it, and nothing else beside it. */
const MOUNTS = `
mount --bind "$1/run" /run
mount --bind "$1/log" /var/log
mount --bind "$2" "/var/log/journal/$3"
mount --bind "$1/machine-id" /etc/machine-id`;

/** A mount namespace in which a journal is the machine's own. Use it with `await using`. */
export class DefaultPlace implements AsyncDisposable {
  readonly #folder: string;
  readonly #mounts: MountNamespace;

  private constructor(folder: string, mounts: MountNamespace) {
    this.#folder = folder;
    this.#mounts = mounts;
  }

  /** Opens one; `folder` is for what is mounted, and for the shippers' own folders. */
  static async open(folder: string, journal: string): Promise<DefaultPlace> {
    for (const each of ['run', `log/journal/${machineId}`]) await mkdir(join(folder, each), { recursive: true });
    await writeFile(join(folder, 'machine-id'), `${machineId}\n`);
    return new DefaultPlace(folder, await MountNamespace.open(MOUNTS, folder, journal, machineId));
  }

  /** The place of a shipper in it. */
  of(name: string): Place {
    return {
      folder: join(this.#folder, name.replaceAll(/\W+/g, '-')),
      inside: (...line) => this.#mounts.commandLine(...line),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mounts.close();
  }
}
