import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../../src/errors.ts';
import { generateEntries } from './entries.ts';
import type { EntriesOptions } from './entries.ts';
import { buildJournal } from './journal-builder.ts';

const root = join(import.meta.dirname, '../../.cache/journals');
/** The key covers the sources too, so a changed generator never meets an old journal. */
const sources = ['entries.ts', 'vocabulary.ts', 'export-stream.ts', 'journal-builder.ts'];

/** The directory of a journal with just these generated entries: built at the first use, shared and read-only after. */
export async function cachedJournal(options: EntriesOptions): Promise<string> {
  const directory = join(root, `${options.count}-${await keyOf(options)}`);
  if (await exists(directory)) return directory;
  const unfinished = `${directory}.${process.pid}.tmp`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  await buildJournal(unfinished, generateEntries(options));
  await moveUnlessThere(unfinished, directory);
  return directory;
}

async function keyOf(options: EntriesOptions): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(Object.entries(options).sort()));
  for (const source of sources) hash.update(await readFile(join(import.meta.dirname, source)));
  return hash.digest('hex').slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function moveUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCodeOf(error) ?? '')) throw error;
    await rm(from, { recursive: true }); // another process was faster
  }
}
