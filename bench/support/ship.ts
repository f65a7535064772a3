import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter } from '../../test/support/lines.ts';
import type { CommandLine } from '../../test/support/child.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

/** What is shipped: keys of the one reader, and of each file sender by name. */
export interface Shipment {
  readonly reader?: object;
  readonly senders?: Readonly<Record<string, object>>;
}

/** A config in a folder of its own, with the files that it makes. */
export class Ship {
  readonly #folder: string;
  readonly #name: string;
  readonly #shipment: Required<Shipment>;

  constructor(folder: string, name: string, { reader = {}, senders = { out: {} } }: Shipment) {
    this.#folder = folder;
    this.#name = name;
    this.#shipment = { reader, senders };
  }

  /** The file that a sender writes. */
  output(sender = 'out'): string {
    return join(this.#folder, `${this.#name}-${sender}.jsonl`);
  }

  get config(): object {
    const senders = Object.entries(this.#shipment.senders).map(([name, keys]) => [
      name,
      { output_type: 'file', file_output: this.output(name), ...keys },
    ]);
    const reader = { ...this.#shipment.reader, senders: Object.fromEntries(senders) as object };
    return { json_state_file_path: this.#statePath, readers: { bench: reader } };
  }

  /** Writes the config, removes what an earlier run has left, and gives the command line of the daemon. */
  async prepare(...flags: readonly string[]): Promise<CommandLine> {
    const path = join(this.#folder, `${this.#name}.json`);
    await writeFile(path, JSON.stringify(this.config));
    await this.clear();
    return [process.execPath, main, 'run', ...flags, path];
  }

  /** Rejects unless every sender has written so many lines. */
  async verify(lines: number): Promise<void> {
    for (const sender of Object.keys(this.#shipment.senders)) {
      const count = await new LineCounter(this.output(sender)).count();
      if (count !== lines) throw new Error(`${count} lines in place of ${lines}: not what was to be measured`);
    }
  }

  async clear(): Promise<void> {
    const outputs = Object.keys(this.#shipment.senders).map((sender) => this.output(sender));
    await Promise.all([this.#statePath, ...outputs].map((path) => rm(path, { force: true })));
  }

  get #statePath(): string {
    return join(this.#folder, `${this.#name}-state.json`);
  }
}
