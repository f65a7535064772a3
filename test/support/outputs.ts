import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { byAge, parseRotatedName } from '../../src/senders/file/rotated-name.ts';
import { sequenceOf, type JsonLine } from './lines.ts';

/** One output with its rotated files: their paths and lines, the oldest first. */
export interface Output {
  readonly path: string;
  readonly files: readonly string[];
  readonly lines: readonly string[];
}

/** All files below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found.filter((each) => !each.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
}

/** The outputs below a folder that are called `*.jsonl`; hidden files are none. */
export async function outputsBelow(folder: string): Promise<Output[]> {
  const all = await filesBelow(folder);
  const outputs = [...new Set(all.map((path) => /^.*\/[^./][^/]*?\.jsonl/.exec(path)?.[0]))];
  return Promise.all(
    outputs
      .filter((path) => path !== undefined)
      .map(async (path) => {
        const rotated = all.map((file) => parseRotatedName(path, file)).filter((name) => name !== undefined);
        const files = [...rotated.sort(byAge).map(({ name }) => name), ...all.filter((file) => file === path)];
        const texts = await Promise.all(files.map(textOf));
        return { path, files, lines: texts.flatMap((text) => text.split('\n').slice(0, -1)) };
      }),
  );
}

/** The numbers of the entries in all of them, in ascending order: each output has some of them. */
export function numbersIn(outputs: readonly Output[]): number[] {
  const numbers = outputs.flatMap(({ lines }) => sequenceOf(lines.map((line) => JSON.parse(line) as JsonLine)));
  return numbers.sort((a, b) => a - b);
}

/** The content of a file, decompressed as its name says. */
export async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path);
  const plain = path.endsWith('.gz') ? gunzipSync(bytes) : path.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes;
  return plain.toString('utf8');
}
