import { concurrently } from './concurrently.ts';
import { OutputFile, type OutputOptions } from './output-file.ts';

/** So many files are remembered, open or not. */
const MAX_KNOWN = 20_000;

/** The files of a sender by path, the longest unused first; only so many of them are open. */
export class OpenFiles {
  private readonly files = new Map<string, OutputFile>();
  private readonly options: OutputOptions;
  private readonly maxOpen: number;

  private readonly counter = { open: 0 };

  constructor(options: Omit<OutputOptions, 'counter'>, maxOpen: number) {
    this.options = { ...options, counter: this.counter };
    this.maxOpen = maxOpen;
  }

  /** The file of this path, from now on the one used last. */
  at(path: string): OutputFile {
    const file = this.files.get(path) ?? new OutputFile(path, this.options);
    this.files.delete(path);
    this.files.set(path, file);
    return file;
  }

  /** So many more may be open. */
  get room(): number {
    return Math.max(0, this.maxOpen - this.counter.open);
  }

  /** More files are open than may be: whoever is done with one closes it. */
  get isOver(): boolean {
    return this.counter.open > this.maxOpen;
  }

  /** Closes what was not used for the longest time, so that there is room for these, of which some may be open. */
  async makeRoom(wanted: ReadonlySet<string>): Promise<void> {
    const others = [...this.files.values()].filter((file) => file.isOpen && !wanted.has(file.path));
    const spare = others.length + wanted.size - this.maxOpen;
    for (const file of others.slice(0, Math.max(0, spare))) await file.close();
    for (const [path, file] of this.files) {
      if (this.files.size <= MAX_KNOWN) break;
      await file.close();
      await file.forget();
      this.files.delete(path);
    }
  }

  /** Forces what was written to the open files to the disk; those that were closed are there. Safe beside a batch. */
  async sync(): Promise<void> {
    await concurrently([...this.files.values()], 16, async (file) => {
      // One that a batch is closing is synced there; to open it again here would leave two descriptors.
      if (file.isOpen) await file.sync();
    });
  }

  async close(): Promise<void> {
    await concurrently([...this.files.values()], 16, (file) => file.close());
  }

  /** Lets go of files, and of what is known of them. */
  async forget(files: Iterable<OutputFile> = this.files.values()): Promise<void> {
    for (const file of files) await file.forget().catch(() => undefined);
  }
}
