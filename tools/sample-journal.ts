import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/** The sample: a real journal file of made-up entries, compressed; `tools/sample.ts` makes it. */
export const samplePath = join(import.meta.dirname, 'sample.journal.br');

/** Puts the sample into a folder as the one file of a journal. */
export async function unpackSample(folder: string): Promise<void> {
  await writeFile(join(folder, 'system.journal'), brotliDecompressSync(await readFile(samplePath)));
}
