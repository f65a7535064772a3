import assert from 'node:assert/strict';
import { link, mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTemplate } from '../template.ts';
import { commonPath, literal, parsePath } from './path-pattern.ts';
import { configOption } from './schema.ts';
import { findSharedFiles } from './written-files.ts';

/** The faults of a config in which readers `a` and `b` have a sender each, with these files. */
async function faultsOf(a: string, b: string, more: { top?: object; sender?: object } = {}): Promise<string[]> {
  const readers = {
    a: { senders: { x: { output_type: 'file', file_output: a } } },
    b: { senders: { y: { output_type: 'file', file_output: b, ...more.sender } } },
  };
  const faults = await findSharedFiles(configOption, { readers, ...more.top });
  return faults.map(({ path, message }) => `${path}: ${message}`);
}

const CLASH =
  'readers.b.senders.y.file_output: writes the same file as readers.a.senders.x.file_output; each needs its own';

async function prepared() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'written-files-'));
  const at = (name: string): string => join(folder.path, name);
  await mkdir(at('real'));
  await writeFile(at('real/there'), '');
  await symlink('real', at('linked'));
  await symlink('there', at('real/alias'));
  await symlink('real/later', at('dangling'));
  await symlink('loop', at('loop'));
  await link(at('real/there'), at('hard'));
  return { at, [Symbol.asyncDispose]: () => folder.remove() };
}

const same: readonly (readonly [title: string, a: string, b: string])[] = [
  ['the same path', 'real/new', 'real/new'],
  ['another spelling', 'real/new', 'real/../real/./new'],
  ['a linked directory', 'real/new', 'linked/new'],
  ['a linked directory of one yet to be made', 'real/sub/new', 'linked/sub/new'],
  ['a link', 'real/there', 'real/alias'],
  ['a link to a file yet to be made', 'real/later', 'dangling'],
  ['a hard link', 'real/there', 'hard'],
  ['links in a circle', 'loop', 'loop'],
];

for (const [title, a, b] of same) {
  test(`two senders clash over ${title}`, async () => {
    await using files = await prepared();

    assert.deepEqual(await faultsOf(files.at(a), files.at(b)), [CLASH]);
  });
}

test('a relative path counts from the working directory', async () => {
  await using files = await prepared();

  const faults = await faultsOf(files.at('real/new'), relative(process.cwd(), files.at('real/new')));

  assert.deepEqual(faults, [CLASH]);
});

test('senders may write different files, and any device', async () => {
  await using files = await prepared();

  assert.deepEqual(await faultsOf(files.at('real/a'), files.at('real/b')), []);
  assert.deepEqual(await faultsOf('/dev/null', '/dev/null'), []);
});

test('a disabled sender or reader writes nothing', async () => {
  assert.deepEqual(await faultsOf('/nowhere/x', '/nowhere/x', { sender: { enabled: false } }), []);
  const off = { enabled: false, senders: { y: { output_type: 'file', file_output: '/nowhere/x' } } };
  assert.deepEqual(await findSharedFiles(configOption, { readers: { a: off, b: off } }), []);
});

test('a sender must not write the state file', async () => {
  const faults = await faultsOf('/nowhere/x', '/nowhere/state', { top: { json_state_file_path: '/nowhere/state' } });

  assert.deepEqual(faults.length, 1);
  assert.match(faults[0]!, /^readers\.b\.senders\.y\.file_output: writes the same file as json_state_file_path;/);
});

test('a sender must not write the file that the state is written to before it takes its place', async () => {
  const faults = await faultsOf('/nowhere/x', '/nowhere/state.tmp', {
    top: { json_state_file_path: '/nowhere/state' },
  });

  assert.equal(faults.length, 1);
});

const BASE = '/nowhere/x';

for (const [a, b, such] of [
  ['{A}.jsonl', 'all.jsonl', 'all.jsonl'],
  ['all.jsonl', '{A}.jsonl', 'all.jsonl'],
  ['{A}.jsonl', '{B}-audit.jsonl', 'x-audit.jsonl'],
  ['{A}/{B}.jsonl', '{A}/all.jsonl', 'x/all.jsonl'],
  ['{A}/x.jsonl', 'y/{B}.jsonl', 'y/x.jsonl'],
  ['x-%Y%m%d', 'x-{A}', 'x-00000000'],
  ['x-%Y%m%d', 'x-%F', undefined],
  ['x-%F', '{A}-%m-%d', 'x-0000-00-00'],
  ['x-%Y%m%d', 'x-20261120', 'x-20261120'],
  ['x-%Y%m%d', 'x-2026112', undefined],
  ['{A}-%Y.jsonl', 'all.jsonl', undefined],
  ['{A}-a.jsonl', '{A}-b.jsonl', undefined],
  ['a-{A}.jsonl', 'b-{A}.jsonl', undefined],
  ['{A}.jsonl', '{A}.json', undefined],
  ['{A}.jsonl', 'sub/all.jsonl', undefined],
  ['{A}/one.jsonl', '{A}/two.jsonl', undefined],
  ['{A}', '.hidden', undefined],
  ['a{A}', 'a', undefined],
  ['{A}{B}', 'a', undefined],
  ['{{A}}', 'all', undefined],
  ['{{A}}', '{A}', '{A}'],
] as const) {
  test(`${a} and ${b} ${such === undefined ? 'never meet, and are allowed' : `can meet as ${such}, and are refused`}`, async () => {
    const faults = await faultsOf(`${BASE}/${a}`, `${BASE}/${b}`);

    const clash = `readers.b.senders.y.file_output: can write the same file as readers.a.senders.x.file_output, such as ${BASE}/${such}; give each a directory, or a fixed part of the name, of its own`;
    assert.deepEqual(faults, such === undefined ? [] : [clash]);
  });
}

test('two templates that are the same are told so', async () => {
  assert.deepEqual(await faultsOf(`${BASE}/{A}.jsonl`, `${BASE}/./{A}.jsonl`), [
    CLASH.replace('the same file as', 'the same files as'),
  ]);
});

test('templates meet through a linked directory as well', async () => {
  await using files = await prepared();

  const faults = await faultsOf(files.at('real/{A}.jsonl'), files.at('linked/all.jsonl'));

  assert.equal(faults.length, 1);
  assert.match(faults[0]!, /such as \/.*\/real\/all\.jsonl;/);
});

test('a template must not yield the state file, its lock or what it is written to first', async () => {
  for (const [template, count] of [
    ['{A}', 1],
    ['{A}.lock', 1],
    ['{A}.jsonl', 0],
  ] as const) {
    const top = { json_state_file_path: '/nowhere/x/state.json' };

    const faults = await faultsOf('/nowhere/o', `${BASE}/${template}`, { top });

    assert.equal(faults.length, count, template);
  }
});

test('a path that a template yields is foreseen, and so is one that a more general template yields, too', () => {
  const piece = fc.constantFrom('a', 'b.', '-', '{A}', '{B}', '%d', '%F', '0', '1', '/');
  const pieces = fc.array(fc.record({ piece, isFree: fc.boolean() }), { minLength: 1, maxLength: 6 });
  const values = fc.array(fc.constantFrom('a', '-', '01', 'a-b'), { minLength: 2, maxLength: 2 });

  fc.assert(
    fc.property(pieces, values, fc.integer({ min: 0, max: 3e9 }), (parts, filled, seconds) => {
      const template = `/r/${parts.map(({ piece }) => piece).join('')}`;
      const general = `/r/${parts.map(({ piece, isFree }) => (isFree && piece !== '/' ? '{C}' : piece)).join('')}`;
      const path = parseTemplate(template).render(filled, seconds * 1e6, String);

      assert.notEqual(commonPath(stepsOf(template), literal(path)), undefined);
      assert.notEqual(commonPath(literal(path), stepsOf(general)), undefined);
      assert.notEqual(commonPath(stepsOf(template), stepsOf(general)), undefined);
    }),
    { numRuns: 500 },
  );
});

/** The steps of a template of absolute paths. */
function stepsOf(template: string) {
  const pattern = parsePath(template)!;
  return pattern.isPlain ? literal(pattern.root) : pattern.stepsBelow(pattern.root);
}
