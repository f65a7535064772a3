import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportText } from './export-stream.ts';
import type { EntrySpec } from './export-stream.ts';
import { files } from './fake-journalctl/scenario.ts';
import type { Scenario } from './fake-journalctl/scenario.ts';

/** One start of the fake. */
export interface Call {
  readonly argv: readonly string[];
  readonly pid: number;
}

const program = join(import.meta.dirname, 'fake-journalctl/journalctl');

/**
 * A journalctl that does what the real one cannot be made to do: for all else use the real one. It reads entries given
 * here as the real one would, except where its scenario says otherwise. Use it with `await using`.
 */
export class FakeJournalctl implements AsyncDisposable {
  /** The program: for `journalctl_path`. */
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'journalctl');
  }

  /** Makes one over the entries, or over an export text as it is. */
  static async create(entries: Iterable<EntrySpec> | Buffer, scenario: Scenario = {}): Promise<FakeJournalctl> {
    const fake = new FakeJournalctl(await mkdtemp(join(tmpdir(), 'fake-journalctl-')));
    const script = `#!/bin/sh\nFAKE_JOURNALCTL='${fake.#folder}' exec '${program}' "$@"\n`;
    await writeFile(fake.path, script, { mode: 0o755 });
    await fake.setEntries(entries);
    await fake.setScenario(scenario);
    return fake;
  }

  /** What later runs read. */
  async setEntries(entries: Iterable<EntrySpec> | Buffer): Promise<void> {
    await writeFile(join(this.#folder, files.entries), Buffer.isBuffer(entries) ? entries : exportText(entries));
  }

  /** What later runs do; its first `runs` is for the next one. */
  async setScenario(scenario: Scenario): Promise<void> {
    await writeFile(join(this.#folder, files.runs), '');
    await writeFile(join(this.#folder, files.scenario), JSON.stringify(scenario));
  }

  /** All its starts so far, in order. */
  async calls(): Promise<Call[]> {
    const lines = (await readFile(join(this.#folder, files.calls), { encoding: 'utf8', flag: 'a+' })).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
