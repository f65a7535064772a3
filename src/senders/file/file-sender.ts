import { targetPath } from '../../target-path.ts';
import type { Batch, Sender, SenderContext } from '../sender.ts';
import { concurrently } from './concurrently.ts';
import type { Lines } from './chunks.ts';
import type { FileSenderOptions } from './file-options.ts';
import type { Mark } from './ledger-format.ts';
import { AT_ONCE, ManyFiles, type Writing } from './many-files.ts';
import { OpenFiles } from './open-files.ts';
import type { OutputFile } from './output-file.ts';
import { explained } from './remedies.ts';
import { probeDirectory, probeFile } from './probe-file.ts';
import { RegularSync } from './regular-sync.ts';
import { createRoute } from './route.ts';
import { createTidier, readSettings, type Settings } from './settings.ts';
import type { Tidier } from './tidier.ts';
import { Undo } from './undo.ts';
import { claim, release } from './writers.ts';

export type { FileSenderOptions } from './file-options.ts';

/** Makes a sender that appends lines to files. */
export function createFileSender(options: FileSenderOptions, context: SenderContext): Sender {
  return new FileSender(options, context);
}

/** So many outputs are remembered as tidied up before. */
const MAX_TIDIED = 20_000;

interface Part {
  readonly file: OutputFile;
  readonly lines: Lines;
}

/** Whole lines in files: durable before they are acknowledged, each once; rotated and chained as the options say. */
class FileSender implements Sender {
  private readonly options: FileSenderOptions;
  private readonly context: SenderContext;
  private settings: Settings | undefined;
  private files: OpenFiles | undefined;
  private undo: Undo | undefined;
  private readonly many: ManyFiles;
  private readonly tidier: Tidier | undefined;
  private readonly tidied = new Set<string>();
  private acknowledged: Mark | undefined;
  /** The ledger, as nobody else of this process may take back what this one writes. */
  private claimed: string | undefined;
  private hasSwept = false;
  private wantsReopen = false;
  private readonly regularSync: RegularSync;

  constructor(options: FileSenderOptions, context: SenderContext) {
    this.options = options;
    this.context = context;
    this.tidier = createTidier(options, context.log);
    this.regularSync = new RegularSync(options.file_output, options.fsync_interval, context.log);
    this.many = new ManyFiles(createRoute(options.file_output).root);
  }

  async connect(): Promise<void> {
    await explained(this.options.file_output, async () => {
      const { settings, files } = await this.prepare();
      if (settings.route.path !== undefined) await this.follow([files.at(settings.route.path)], settings);
    });
  }

  async probe(): Promise<void> {
    const { create_directories: createsDirectories, file_output: output } = this.options;
    const { path, root } = createRoute(output);
    await explained(output, () =>
      path === undefined ? probeDirectory(root, createsDirectories) : probeFile(path, createsDirectories),
    );
  }

  async send(batch: Batch): Promise<void> {
    await explained(this.options.file_output, async () => {
      const { settings, files, undo } = await this.prepare();
      const lines = settings.route.linesOf(batch);
      await this.tidier?.use(lines.keys(), undo.batch + 1);
      await files.makeRoom(new Set(lines.keys()));
      const parts = [...lines].map(([path, own]) => ({ file: files.at(path), lines: own }));
      await this.follow(
        parts.map(({ file }) => file),
        settings,
      );
      await this.write(parts, undo, files);
      this.acknowledged = undo.markOf(parts);
    });
  }

  mark(): unknown {
    return this.acknowledged;
  }

  saved(mark: unknown): void {
    const batch = this.undo?.saved(mark);
    if (batch !== undefined) this.tidier?.saved(batch);
  }

  async finish(signal: AbortSignal): Promise<void> {
    await this.tidier?.idle(signal);
  }

  async close(): Promise<void> {
    this.regularSync.stop();
    await this.tidier?.close();
    await this.many.close();
    await this.files?.close();
    await this.files?.forget();
    await this.undo?.close();
    if (this.claimed !== undefined) release(this.claimed, this.context.name);
  }

  reopen(): void {
    this.wantsReopen = true;
  }

  /** What comes before any file is touched: what a crash or a failure has left is taken back. */
  private async prepare(): Promise<{ settings: Settings; files: OpenFiles; undo: Undo }> {
    const { log, mark } = this.context;
    const settings = (this.settings ??= await readSettings(this.options, this.context));
    const { ledgerPath, output, maxOpenFiles, route } = settings;
    output.checked.clear();
    output.rotations.forget();
    this.claimed ??= await targetPath(ledgerPath);
    claim(this.claimed, this.context.name);
    const undo = (this.undo ??= new Undo({ ledgerPath, route, isSynced: this.options.fsync === 'batch', log }, mark));
    const files = (this.files ??= new OpenFiles({ ...output, isOurs: (id) => undo.isOurs(id) }, maxOpenFiles));
    if (this.tidier !== undefined) this.tidier.isNeeded = (id) => undo.isNamed(id);
    await this.regularSync.abandonFailed(files);
    await undo.takeBack();
    this.sweepOnce(settings);
    if (this.wantsReopen) await files.close();
    if (this.wantsReopen) await files.forget();
    this.wantsReopen = false;
    if (this.options.fsync === 'interval') this.regularSync.start(files);
    return { settings, files, undo };
  }

  /** What a crash has left of files that no entry may come for is put in order, too, once what was written is taken back. */
  private sweepOnce({ route }: Settings): void {
    if (this.hasSwept) return;
    this.hasSwept = true;
    if (route.hasPlaces) this.tidier?.sweep();
  }

  /** Before anything is written: how each file stands is known, and new names are durable. */
  private async follow(files: readonly OutputFile[], { output }: Settings): Promise<void> {
    const changed = await this.many.changed(files);
    const left = await this.many.open(changed, this.files!.room, output);
    await concurrently(left, AT_ONCE, (file) => this.followOne(file));
    if (this.tidier !== undefined) for (const file of changed) this.tidyFirst(this.tidier, file);
    await this.many.syncFolders(output.unsynced);
  }

  private async followOne(file: OutputFile): Promise<void> {
    await explained(file.path, () => file.follow());
    if (this.files!.isOver) await file.close();
  }

  private tidyFirst(tidier: Tidier, { path }: OutputFile): void {
    if (this.tidied.has(path)) return;
    if (this.tidied.size >= MAX_TIDIED) this.tidied.clear();
    this.tidied.add(path);
    tidier.tidy(path);
  }

  private async write(parts: readonly Part[], undo: Undo, files: OpenFiles): Promise<void> {
    await undo.begin(parts.map(({ file }) => file.record()).filter((record) => record !== undefined));
    const nowMs = Date.now();
    try {
      const writings = parts.map(({ file, lines }) => ({ file, chunks: file.cut(lines, nowMs) }));
      await concurrently(await this.many.append(writings, this.options.fsync !== 'interval'), AT_ONCE, (writing) =>
        explained(writing.file.path, () => this.writeOne(writing, undo, nowMs)),
      );
      if (this.options.fsync === 'batch') await this.sync(parts);
    } catch (error) {
      // After a failed fsync the system may have dropped the pages, so the batch is written again, not just synced.
      await files.forget(parts.map(({ file }) => file));
      await undo.failed();
      throw error;
    }
  }

  private async writeOne({ file, chunks }: Writing, undo: Undo, nowMs: number): Promise<void> {
    for (const { isNewFile, bytes } of chunks) {
      if (isNewFile) {
        await file.rotate(nowMs, (rotated) => this.tidier?.hold(rotated, file.path, undo.batch));
        await undo.made(file.record()!);
      }
      await file.append(bytes);
    }
    if (!this.files!.isOver) return;
    await (this.options.fsync === 'batch' ? file.letGo() : file.close());
  }

  private async sync(parts: readonly Part[]): Promise<void> {
    if (await this.many.sync(parts.map(({ file }) => file))) return;
    await concurrently(parts, AT_ONCE, ({ file }) => explained(file.path, () => this.syncOne(file)));
  }

  private async syncOne(file: OutputFile): Promise<void> {
    await file.sync();
    if (this.files!.isOver) await file.close();
  }
}
