import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RetryableError } from '../../errors.ts';
import { syncDirectory } from '../../sync-directory.ts';
import { Bulk } from './bulk.ts';
import type { Root } from './bulk-tasks.ts';
import { concurrently } from './concurrently.ts';
import type { Chunk } from './chunks.ts';
import type { OpenOptions } from './file-options.ts';
import { prepareFolder } from './open-file.ts';
import type { OutputFile } from './output-file.ts';
import { explained } from './remedies.ts';
import { FileSystemSync } from './sync-all.ts';

/** What is to be written to a file. */
export interface Writing {
  readonly file: OutputFile;
  readonly chunks: readonly Chunk[];
}

/** From so many on, files are looked at and written to all at a time, and their file system is synced as a whole. */
const MANY = 64;
/** So many files are worked on at a time otherwise: a part of the threads that wait for disks, or one that hangs would take all. */
export const AT_ONCE = 16;

/** Does in few steps what is the same for each of many files; what is out of the ordinary is left to the caller. */
export class ManyFiles {
  private readonly bulk = new Bulk();
  private readonly fileSystem: FileSystemSync;

  private readonly root: string;

  constructor(root: string) {
    this.root = root;
    this.fileSystem = new FileSystemSync(root);
  }

  /** Those that are not known to stand as they were left. */
  async changed(files: readonly OutputFile[]): Promise<readonly OutputFile[]> {
    if (files.length < MANY) return files;
    const seen = await this.bulk.look(files.map(({ path }) => path));
    return files.filter((file, i) => !file.isAsSeen(seen[i]!));
  }

  /** Opens those that nothing is known of, so many to stay open; returns the others. */
  async open(files: readonly OutputFile[], room: number, options: OpenOptions): Promise<readonly OutputFile[]> {
    const unknown = files.filter(({ isUnknown }) => isUnknown);
    if (unknown.length < MANY) return files;
    await this.prepareFolders(unknown, options);
    const ready = unknown.filter(({ path }) => options.checked.has(dirname(path)));
    const { uid, gid, fileMode: mode, unsynced } = options;
    const task = { paths: ready.map(({ path }) => path), root: await this.whereRootIs(), mode, uid, gid, keep: room };
    const opened = await this.bulk.open(task).catch((error: unknown) => {
      for (const path of task.paths) unsynced.add(dirname(path)); // it may have made some
      throw error;
    });
    for (const [i, file] of ready.entries()) {
      const found = opened[i];
      if (found?.isNew === true) unsynced.add(dirname(file.path));
      if (found !== undefined) file.opened(found);
    }
    const isOpened = new Set(ready.filter(({ isUnknown }) => !isUnknown));
    await concurrently([...isOpened], AT_ONCE, (file) => explained(file.path, () => file.learnPast()));
    return files.filter((file) => !isOpened.has(file));
  }

  /** Appends to those that are not to be rotated, to closed ones only if `opens`; returns the others. */
  async append(writings: readonly Writing[], opens: boolean): Promise<readonly Writing[]> {
    const isPlain = ({ file, chunks }: Writing): boolean =>
      (file.fd !== undefined || (opens && file.seen !== undefined)) && chunks.length === 1 && !chunks[0]!.isNewFile;
    const plain = writings.filter(isPlain);
    if (plain.length < MANY) return writings;
    const pieces = plain.map(({ chunks }) => chunks[0]!.bytes);
    const files = plain.map(({ file }) => file.fd ?? { path: file.path, seen: file.seen! });
    const failure = await this.bulk.write(files, pieces, await this.whereRootIs());
    if (failure !== undefined) {
      const { message, code } = failure;
      const error = Object.assign(new RetryableError(message), { code });
      await explained(plain[failure.failed]!.file.path, () => Promise.reject(error));
    }
    for (const [i, { file }] of plain.entries()) file.appended(pieces[i]!);
    return writings.filter((writing) => !isPlain(writing));
  }

  /** Forces all files to the disk if there are many; whether it did. Below the root others may be mounted: not if so. */
  async sync(files: readonly OutputFile[]): Promise<boolean> {
    if (files.length < MANY) return false;
    const { dev } = await stat(this.root, { bigint: true });
    const isOnRoot = files.every(({ device }) => device === String(dev));
    if (!isOnRoot || !(await this.fileSystem.sync())) return false;
    for (const file of files) file.synced();
    return true;
  }

  /** Forces the names in directories to the disk. */
  async syncFolders(folders: Set<string>): Promise<void> {
    if (folders.size >= MANY && (await this.areOnRoot(folders)) && (await this.fileSystem.sync())) folders.clear();
    await concurrently([...folders], AT_ONCE, async (folder) => {
      await syncDirectory(folder);
      folders.delete(folder);
    });
  }

  private async areOnRoot(folders: ReadonlySet<string>): Promise<boolean> {
    const { dev } = await stat(this.root);
    let areAll = true;
    await concurrently([...folders], AT_ONCE, async (folder) => {
      const found = await stat(folder).catch(() => undefined);
      if (found?.dev !== dev) areAll = false;
    });
    return areAll;
  }

  /** Those that are not as they should be are left to whoever opens files in them. */
  private async prepareFolders(files: readonly OutputFile[], options: OpenOptions): Promise<void> {
    const folders = new Set(files.map(({ path }) => dirname(path)));
    await concurrently([...folders], AT_ONCE, (folder) => prepareFolder(folder, options).catch(() => undefined));
  }

  private async whereRootIs(): Promise<Root> {
    const { root } = this;
    return { real: await realpath(root), length: root === '/' ? 0 : root.length };
  }

  async close(): Promise<void> {
    this.fileSystem.close();
    await this.bulk.close();
  }
}
