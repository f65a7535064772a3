import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../support/results.ts';
import { chartOf } from './chart.ts';
import { busyWarning, machineText, missedWishes, notBetter } from './summary.ts';
import { sectionOf } from './table.ts';

const docs = join(import.meta.dirname, '../../docs');

/** Where the page and its picture lie. */
export const PAGE_FILES = { page: join(docs, 'performance.md'), picture: join(docs, 'performance.svg') };

const NOTE =
  '<!-- Made by `npm run bench -- --report` from bench/report/template.md and bench/results; do not edit. -->';

/** The page that a result gives: the template, its slots filled with tables and what follows from them. */
export async function pageOf(result: Result): Promise<string> {
  const template = await readFile(join(import.meta.dirname, 'template.md'), 'utf8');
  const texts: Readonly<Record<string, (result: Result) => string>> = {
    busy: busyWarning,
    machine: machineText,
    'not-better': notBetter,
    missed: missedWishes,
  };
  const filled = template.replaceAll(/^\{\{([\w-]+)\}\}$/gm, (_, slot: string) => {
    const text = texts[slot];
    return text === undefined ? sectionOf(result.measures.find(({ name }) => name === slot)) : text(result);
  });
  return `${NOTE}\n\n${filled.replaceAll(/\n{3,}/g, '\n\n')}`;
}

/** Writes docs/performance.md and its picture; gives their paths. */
export async function writePage(result: Result): Promise<string[]> {
  await writeFile(PAGE_FILES.page, await pageOf(result));
  await writeFile(PAGE_FILES.picture, chartOf(result.measures.find(({ name }) => name === 'peers')));
  return Object.values(PAGE_FILES);
}
