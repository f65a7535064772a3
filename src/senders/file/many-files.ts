import { RetryableError } from '../../errors.ts';
import { Bulk } from './bulk.ts';
import { concurrently } from './concurrently.ts';
import type { Chunk } from './chunks.ts';
import { syncDirectory } from './directories.ts';
import type { OutputFile } from './output-file.ts';
import { FileSystemSync } from './sync-all.ts';

/** What is to be written to a file. */
export interface Writing {
  readonly file: OutputFile;
  readonly chunks: readonly Chunk[];
}

/** From so many on, files are looked at and written to all at a time, and their file system is synced as a whole. */
const MANY = 64;
/** So many files are worked on at a time otherwise: enough to keep the threads that wait for the disk busy. */
export const AT_ONCE = 32;

/** Does in few steps what is the same for each of many files; what is out of the ordinary is left to the caller. */
export class ManyFiles {
  private readonly bulk = new Bulk();
  private readonly fileSystem: FileSystemSync;

  constructor(root: string) {
    this.fileSystem = new FileSystemSync(root);
  }

  /** Those that are not known to stand as they were left. */
  async changed(files: readonly OutputFile[]): Promise<readonly OutputFile[]> {
    if (files.length < MANY) return files;
    const seen = await this.bulk.look(files.map(({ path }) => path));
    return files.filter((file, i) => !file.isAsSeen(seen[i]!));
  }

  /** Appends to those that are open and not to be rotated; returns the others. */
  async append(writings: readonly Writing[]): Promise<readonly Writing[]> {
    const isPlain = ({ file, chunks }: Writing): boolean =>
      file.fd !== undefined && chunks.length === 1 && !chunks[0]!.isNewFile;
    const plain = writings.filter(isPlain);
    if (plain.length < MANY) return writings;
    const pieces = plain.map(({ chunks }) => chunks[0]!.bytes);
    const failure = await this.bulk.write(
      plain.map(({ file }) => file.fd!),
      pieces,
    );
    if (failure !== undefined) {
      const { message, code } = failure;
      throw Object.assign(new RetryableError(`${plain[failure.failed]!.file.path}: ${message}`), { code });
    }
    for (const [i, { file }] of plain.entries()) file.appended(pieces[i]!);
    return writings.filter((writing) => !isPlain(writing));
  }

  /** Forces all files to the disk if there are many; whether it did. */
  async sync(files: readonly OutputFile[]): Promise<boolean> {
    if (files.length < MANY || !(await this.fileSystem.sync())) return false;
    for (const file of files) file.synced();
    return true;
  }

  /** Forces the names in directories to the disk. */
  async syncFolders(folders: Set<string>): Promise<void> {
    if (folders.size >= MANY && (await this.fileSystem.sync())) folders.clear();
    await concurrently([...folders], AT_ONCE, async (folder) => {
      await syncDirectory(folder);
      folders.delete(folder);
    });
  }

  async close(): Promise<void> {
    this.fileSystem.close();
    await this.bulk.close();
  }
}
