import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
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

function linksIn(page: string): string[] {
  const links = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

async function anchorsOf(path: string): Promise<string[]> {
  const page = (await readFile(path, 'utf8')).replace(/^```[\s\S]*?^```/gm, '');
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
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

for (const name of pages) {
  test(`${name} links to pages and headings that are there`, async () => {
    for (const link of linksIn(await readFile(join(root, name), 'utf8'))) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? join(root, name) : join(root, dirname(name), path);
      assert.ok(existsSync(target), link);
      if (anchor !== undefined) assert.ok((await anchorsOf(target)).includes(anchor), link);
    }
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
