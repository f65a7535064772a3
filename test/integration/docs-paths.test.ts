import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const exclude = ['node_modules/**', 'dist/**'];
const pages = globSync(['*.md', 'docs/**/*.md', 'bench/*.md', 'test/**/*.md'], { cwd: root, exclude });
const sources = globSync('{src,test,bench,tools}/**/*.{ts,py,mjs}', { cwd: root }).map((path) => `/${path}`);

/** Files of ours that a page names: `journal/source.ts`, or `python-*.ts` for some; not `<type>/definition.ts`. */
function filesIn(page: string): string[] {
  const prose = page.replace(/^```ts\n[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/(?<![\w/>.-])[\w*.][\w*/.-]*\.ts\b/g)].map(([path]) => path);
}

/** What a page names may be the end of a path: the folder often stands before it. */
function isThere(path: string): boolean {
  const pattern = path.replaceAll('.', '\\.').replaceAll('*', '[^/]*');
  return sources.some((source) => new RegExp(`/${pattern}$`).test(source));
}

for (const name of pages.filter((each) => each !== 'CHANGELOG.md')) {
  test(`${name} names files that are there`, async () => {
    const files = filesIn(await readFile(join(root, name), 'utf8'));

    assert.deepEqual(
      files.filter((path) => !isThere(path)),
      [],
    );
  });
}

test('the tree in docs/architecture.md has all folders of src, and the files beside them', async () => {
  const page = await readFile(join(root, 'docs/architecture.md'), 'utf8');
  const tree = /```\nsrc\/\n([\s\S]*?)```/.exec(page)![1]!;

  const tops = globSync('src/*', { cwd: root, exclude: ['src/*.test.ts', 'src/*.d.ts'] });
  const names = tops.map((path) => (path.endsWith('.ts') ? basename(path, '.ts') : `${basename(path)}/`));
  const missing = names.filter((name) => !tree.includes(name));

  assert.deepEqual(missing, []);
});
