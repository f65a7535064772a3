import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A page of the documentation. */
export interface Page {
  /** Below the root of the checkout. */
  readonly path: string;
  readonly text: string;
}

/** A fenced part of a page. */
export interface Fenced {
  readonly language: string;
  readonly text: string;
}

const FENCED = /^```(\S*)\n([\s\S]*?)^```$/gm;

/** Every page that comes with the sources; of the template of one, the page that is made of it. */
export function readPages(): Page[] {
  const exclude = ['node_modules', '.cache', '.git', 'dist', '.sample', 'bench/report/template.md'];
  const paths = globSync('**/*.md', { cwd: ROOT, exclude }).sort();
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** The blocks of a page between fences. */
export function blocksOf({ text }: Page): Fenced[] {
  return [...text.matchAll(FENCED)].map(([, language, block]) => ({ language: language!, text: block! }));
}

/** A page without its blocks. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(FENCED, '');
}

/** What stands between backticks in the prose of a page, as it is read. */
export function codesOf(page: Page): string[] {
  const spans = proseOf(page).matchAll(/(?<!`)`([^`]+)`(?!`)/g);
  return [...spans].map(([, text]) => text!.replaceAll('\\|', '|').replaceAll(/\s+/g, ' '));
}
