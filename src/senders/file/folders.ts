import { lstat, readdir } from 'node:fs/promises';
import { systemCodeOf } from '../../errors.ts';
import type { TemplatePart } from '../template.ts';
import { MARK } from './families.ts';

/** A directory's name, or what it looks like. */
export type FolderName = string | RegExp;

const DIGITS: Readonly<Record<string, string>> = { Y: '\\d{4}', F: '\\d{4}-\\d\\d-\\d\\d', j: '\\d{3}' };

/** What a name of a template looks like. */
export function nameOf(parts: readonly TemplatePart[]): FolderName {
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  const source = parts.map((part) => {
    if (typeof part === 'string') return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    return 'time' in part ? digitsOf(part.time) : '.+';
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

/** What a name looks like in which the time is marked. */
export function nameOfMarked(name: string): FolderName {
  return nameOf(name.split(MARK).flatMap((piece, i) => (i === 0 ? [piece] : [{ time: piece[0]! }, piece.slice(1)])));
}

function digitsOf(letter: string): string {
  return DIGITS[letter] ?? '\\d\\d';
}

/** The directories below one (which ends with a slash) whose names look like this, each with a slash behind; links are not followed. */
export async function* foldersBelow(top: string, names: readonly FolderName[]): AsyncGenerator<string> {
  const [name, ...rest] = names;
  if (name === undefined) {
    yield top;
    return;
  }
  const found = typeof name === 'string' ? [name] : (await namesIn(top)).filter((each) => name.test(each));
  for (const each of found) {
    const isFolder = await lstat(top + each).then((stats) => stats.isDirectory(), ignoreMissing);
    if (isFolder === true) yield* foldersBelow(`${top}${each}/`, rest);
  }
}

/** The names in a directory; none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder === '' ? '.' : folder).catch(ignoreMissing)) ?? [];
}

function ignoreMissing(error: unknown): undefined {
  if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return undefined;
  throw error;
}
