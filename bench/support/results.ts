import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Report } from './report.ts';

/** What a run has found. */
export interface Result {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly measures: readonly Report[];
}

const root = join(import.meta.dirname, '../..');
/** Where the result lies that docs/performance.md is made of. */
const shown = join(root, 'bench/results');
const others = join(root, '.cache/bench');

/** The result that docs/performance.md is made of: the newest there is; undefined if there is none. */
export async function shownResult(): Promise<Result | undefined> {
  const name = (await namesIn(shown)).at(-1);
  if (name === undefined) return undefined;
  return JSON.parse(await readFile(join(shown, name), 'utf8')) as Result;
}

/** Keeps a result; one for the page in the place of those before. Gives the path of its file. */
export async function keepResult(result: Result, isReport: boolean): Promise<string> {
  const folder = isReport ? shown : others;
  await mkdir(folder, { recursive: true });
  const before = isReport ? await namesIn(folder) : [];
  const path = join(folder, `${result.date.slice(0, 19).replaceAll(':', '-')}.json`);
  await writeFile(path, `${JSON.stringify(result, undefined, 1)}\n`);
  for (const name of before) if (join(folder, name) !== path) await rm(join(folder, name));
  return path;
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.json')).sort();
}
