import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stored } from '../../src/state/stored.ts';

/** What a test's config has beside its place: keys of the reader, of each sender by name, and of the top level. */
export interface Keys {
  readonly reader?: object;
  /** Senders by name, each a file in the place; `out` alone unless given. */
  readonly senders?: Readonly<Record<string, object>>;
  readonly top?: object;
}

/** A folder of its own for one test: the state file and what the senders write. Use it with `await using`. */
export class Place implements AsyncDisposable {
  readonly path: string;
  readonly #remove: () => Promise<void>;

  private constructor(path: string, remove: () => Promise<void>) {
    this.path = path;
    this.#remove = remove;
  }

  static async make(): Promise<Place> {
    const folder = await mkdtempDisposable(join(tmpdir(), 'place-'));
    return new Place(folder.path, () => folder.remove());
  }

  get statePath(): string {
    return join(this.path, 'state.json');
  }

  /** The file that the sender of this name writes. */
  output(sender = 'out'): string {
    return join(this.path, `${sender}.jsonl`);
  }

  /** A config with one reader, `sys`, and senders that write to files here. */
  config({ reader = {}, senders = { out: {} }, top = {} }: Keys = {}): object {
    const files = Object.entries(senders).map(([name, keys]) => [
      name,
      { output_type: 'file', file_output: this.output(name), ...keys },
    ]);
    return {
      json_state_file_path: this.statePath,
      ...top,
      readers: { sys: { ...reader, senders: Object.fromEntries(files) as object } },
    };
  }

  /** What the state file holds. */
  async state(): Promise<Stored> {
    return JSON.parse(await readFile(this.statePath, 'utf8')) as Stored;
  }

  /** The place of a sender of `sys` in the state file. */
  async cursor(sender = 'out'): Promise<string | null | undefined> {
    return (await this.state()).readers['sys']?.senders[sender]?.sent.cursor;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remove();
  }
}
