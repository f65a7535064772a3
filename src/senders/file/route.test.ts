import fc from 'fast-check';
import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../telemetry/log.ts';
import type { Batch } from '../sender.ts';
import { createFileSender } from './file-sender.ts';
import { createRoute } from './route.ts';

const { signal } = new AbortController();
const common = { fsync: 'never', fsync_interval: 1, file_mode: '0640', create_directories: false } as const;

/** Values as somebody would choose them who wants to get out, or to hit the file of another. */
const nasty = fc.oneof(
  fc.constantFrom(
    '.',
    '..',
    '',
    '/',
    '../..',
    '../../etc/passwd',
    '/etc/passwd',
    '\0',
    'a\0b',
    '\n',
    '~',
    '-',
    '\ud800',
  ),
  fc.constantFrom(
    'evil',
    'evil.jsonl',
    'file',
    'dangling',
    '.hidden',
    'x.20260101-000000',
    'x.20260101-000000-1.gz',
    'default',
  ),
  fc.constantFrom('ä'.repeat(300), '日'.repeat(5000), '👩‍💻'.repeat(40), 'x'.repeat(100_000), `${'x'.repeat(300)}.jsonl`),
  fc
    .array(fc.constantFrom('.', '..', '/', '\0', '\\', 'a', ' ', '%d', '{X}', '\u202e', '\u0085', '\u2028'))
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 400 }),
);
const values = fc.array(fc.oneof(nasty, fc.constant(null)), { minLength: 2, maxLength: 2 });

function batchOf(entries: readonly (readonly (string | null)[])[]): Batch {
  const payloads = entries.map((each, n) =>
    Buffer.from(`${JSON.stringify(['c', 1_767_225_600_000_000, ...each])}\n{"n":${n}}\n`),
  );
  let end = 0;
  const ends = Uint32Array.from(payloads, ({ length }) => (end += length));
  return { bytes: Buffer.concat(payloads), ends, last: { cursor: 'c', realtimeUs: 0 } };
}

const pathOf = (template: string, each: readonly (string | null)[]) =>
  [
    ...createRoute(template)
      .linesOf(batchOf([each]))
      .keys(),
  ][0]!;

for (const template of ['/base/{A}/{B}.jsonl', '/base/pre-{A}{B}', '/{A}/{B}', '/base/{A}/fixed/{B}-%Y%m%d.jsonl']) {
  test(`a path is below the fixed part of ${template} and one that the file system takes, whatever the values`, () => {
    const root = dirname(`${template.slice(0, template.indexOf('{'))}x`);

    fc.assert(
      fc.property(values, (each) => {
        const path = pathOf(template, each);
        const names = path.slice(root === '/' ? 1 : root.length + 1).split('/');

        assert.ok(path.startsWith(root), path);
        assert.equal(names.length, template.slice(root === '/' ? 1 : root.length + 1).split('/').length);
        for (const name of names) {
          assert.ok(name !== '' && !name.startsWith('.') && Buffer.byteLength(name) <= 255, JSON.stringify(name));
          // eslint-disable-next-line no-control-regex -- they are what is looked for
          assert.doesNotMatch(name, /[\u0000-\u001f\u007f-\u009f/]/);
          assert.equal(Buffer.from(name).toString(), name, 'no UTF-8');
        }
        assert.ok(Buffer.byteLength(path) < 4096);
        assert.doesNotMatch(basename(path), /\.\d{8}-\d{6}(-\d+)?(\.gz|\.zst)?$/, 'looks like a rotated file');
        assert.equal(pathOf(template, each), path);
      }),
      { numRuns: 500 },
    );
  });
}

test('two values of which nothing has to be replaced never share a file', () => {
  const harmless = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 400 })
    .filter((value) => /^[^./\p{C}\u2028\u2029][^/\p{C}\u2028\u2029]*$/u.test(value));

  fc.assert(
    fc.property(harmless, harmless, (a, b) => {
      fc.pre(a !== b && !/\d{8}-\d{6}/.test(a + b));
      assert.notEqual(pathOf('/base/{A}.jsonl', [a]), pathOf('/base/{A}.jsonl', [b]));
    }),
    { numRuns: 500 },
  );
});

test('long values that differ in their last character only have files of their own', () => {
  const long = 'x'.repeat(5000);

  assert.notEqual(pathOf('/base/{A}.jsonl', [`${long}1`]), pathOf('/base/{A}.jsonl', [`${long}2`]));
});

for (const [values, name] of [
  [['a/b', 'a\0b', 'a\nb', 'a_b'], 'a_b'],
  [['.a', '_a', '/a'], '_a'],
  [[null, 'default'], 'default'],
  [['', '.', '_'], '_'],
] as const) {
  test(`values that differ only in what must be replaced share a file, as is documented: ${JSON.stringify(values)}`, () => {
    assert.deepEqual(new Set(values.map((value) => pathOf('/base/{A}/f', [value]))), new Set([`/base/${name}/f`]));
  });
}

test(
  'nothing is written outside, nor through links that were planted inside, whatever the values',
  { timeout: 180_000 },
  async (t) => {
    const folder = await mkdtempDisposable(join(tmpdir(), 'route-'));
    t.after(() => folder.remove());
    const [inside, outside] = [join(folder.path, 'in'), join(folder.path, 'out')];
    await mkdir(outside);
    await mkdir(join(inside, 'file'), { recursive: true });
    await writeFile(join(outside, 'canary.jsonl'), 'theirs\n');
    for (const link of ['evil', 'default', 'x_20260101-000000']) await symlink(outside, join(inside, link));
    await symlink(join(outside, 'new'), join(inside, 'dangling'));
    await symlink(join(outside, 'canary.jsonl'), join(inside, 'file/evil.jsonl'));
    await symlink(join(outside, 'new.jsonl'), join(inside, 'file/default.jsonl'));
    const sender = createFileSender(
      { ...common, file_output: join(inside, '{A}/{B}.jsonl') },
      { name: 'r.s', log: createLog({ write: () => undefined }) },
    );
    t.after(() => sender.close());
    let refused = 0;
    let written = 0;

    await fc.assert(
      fc.asyncProperty(values, async (each) => {
        await sender.send(batchOf([each]), signal).then(
          () => written++,
          (error: unknown) => {
            assert.match(String(error), /symbolic link/);
            refused++;
          },
        );
      }),
      { numRuns: 300 },
    );

    assert.deepEqual(await readdir(outside), ['canary.jsonl']);
    assert.equal(await readFile(join(outside, 'canary.jsonl'), 'utf8'), 'theirs\n');
    assert.deepEqual((await readdir(folder.path)).sort(), ['in', 'out']);
    assert.ok(refused > 0 && written > 100, `${refused} refused, ${written} written`);
  },
);
