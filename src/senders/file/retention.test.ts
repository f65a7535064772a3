import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtempDisposable, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createLog } from '../../telemetry/log.ts';
import type { Batch } from '../sender.ts';
import { createFileSender, type FileSenderOptions } from './file-sender.ts';

const { signal } = new AbortController();
const common = { fsync: 'never', fsync_interval: 1, file_mode: '0640', create_directories: true } as const;
const TODAY_MS = Date.UTC(2026, 10, 21, 9);
const DAY_MS = 86_400_000;

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'retention-'));
  t.after(() => folder.remove());
  return folder.path;
}

/** A sender at a folder with these files, on 2026-11-21; `send` saves the state and waits for the work in the background. */
async function bedOf(t: TestContext, template: string, options: Partial<FileSenderOptions>, files: readonly string[]) {
  t.mock.timers.enable({ apis: ['Date'], now: TODAY_MS });
  const folder = await folderOf(t);
  for (const name of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), name.endsWith('.gz') ? gzipSync(`${name}\n`) : `${name}\n`);
  }
  const log: string[] = [];
  const sender = createFileSender(
    { ...common, file_output: join(folder, template), ...options },
    { name: 'r.s', log: createLog({ write: (line) => log.push(line) }) },
  );
  t.after(() => sender.close());
  const send = async (...entries: readonly Entry[]) => {
    await sender.send(batchOf(entries), signal);
    sender.saved?.(sender.mark?.());
    await sender.finish?.(signal);
  };
  return { folder, sender, send, log, names: () => namesIn(folder) };
}

type Entry = readonly [values: string | readonly string[], ms: number];

function batchOf(entries: readonly Entry[]): Batch {
  const payloads = entries.map(([values, ms], n) =>
    Buffer.from(`${JSON.stringify(['c', ms * 1000, ...[values].flat()])}\n{"n":${n}}\n`),
  );
  let end = 0;
  const ends = Uint32Array.from(payloads, ({ length }) => (end += length));
  return { bytes: Buffer.concat(payloads), ends, last: { cursor: 'c', realtimeUs: 0 } };
}

/** Also by the links to directories that it holds. */
async function namesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((each) => !each.isDirectory() && !each.name.endsWith('.undo'))
    .map((each) => join(each.parentPath, each.name).slice(folder.length + 1))
    .sort();
}

const rotate = { max_bytes: 1_000_000, compress: 'none' } as const;

test('files of other days count with those that were rotated, for each value by itself; the present one never', async (t) => {
  const days = ['18', '19', '20'].flatMap((day) => [`a-202611${day}.jsonl`, `b-202611${day}.jsonl`]);
  const rotated = [
    'a-20261120.jsonl.20261120-101010',
    'a-20261120.jsonl.20261120-101010-1.gz',
    'a-20261121.jsonl.20261121-080000.zst',
  ];
  const { send, names } = await bedOf(t, '{A}-%Y%m%d.jsonl', { rotate, keep: { files: 3 } }, [...days, ...rotated]);

  await send(['a', TODAY_MS]);

  const kept = [
    'a-20261120.jsonl',
    'a-20261120.jsonl.20261120-101010-1.gz',
    'a-20261121.jsonl',
    'a-20261121.jsonl.20261121-080000.zst',
  ];
  assert.deepEqual(await names(), [...kept, 'b-20261118.jsonl', 'b-20261119.jsonl', 'b-20261120.jsonl']);
});

for (const { title, keep, kept } of [
  { title: 'age, from the end of the day', keep: { age: '2d' }, kept: ['19', '20'] },
  { title: 'total_bytes', keep: { total_bytes: 20 }, kept: ['20'] },
  { title: 'files', keep: { files: 0 }, kept: [] },
]) {
  test(`"keep" works without "rotate" where the time is in the name: ${title}`, async (t) => {
    const files = ['17', '18', '19', '20'].map((day) => `x-202611${day}.jsonl`);
    const { send, names } = await bedOf(t, 'x-%Y%m%d.jsonl', { keep }, files);

    await send(['', TODAY_MS]);

    assert.deepEqual(await names(), [...kept.map((day) => `x-202611${day}.jsonl`), 'x-20261121.jsonl']);
  });
}

test('directories that the time names are looked through, but no link', async (t) => {
  const files = [
    '2026/10/a.jsonl',
    '2026/09/a.jsonl',
    '2026/09/b.jsonl',
    '2026/13/a.jsonl',
    '2026/10/a.jsonl.20261031-235959',
    'other/08/a.jsonl',
  ];
  const bed = await bedOf(
    t,
    'in/%Y/%m/{A}.jsonl',
    { rotate, keep: { files: 0 } },
    files.map((name) => `in/${name}`),
  );
  await symlink(join(bed.folder, 'in/other'), join(bed.folder, 'in/2025'));
  await symlink('b.jsonl', join(bed.folder, 'in/2026/09/c.jsonl'));

  await bed.send(['a', TODAY_MS], ['c', TODAY_MS]);

  assert.deepEqual(
    await bed.names(),
    [
      '2025',
      '2025/08/a.jsonl',
      '2026/09/b.jsonl',
      '2026/09/c.jsonl',
      '2026/11/a.jsonl',
      '2026/11/c.jsonl',
      '2026/13/a.jsonl',
      'other/08/a.jsonl',
    ].map((name) => `in/${name}`),
  );
});

test('where no year is in the name files go by when they were written last', async (t) => {
  const bed = await bedOf(t, 'x-%H.jsonl', { rotate, keep: { files: 1 } }, [
    'x-23.jsonl',
    'x-01.jsonl',
    'x-08.jsonl',
    'x-24.jsonl',
  ]);
  for (const [name, hours] of [
    ['x-23', -10],
    ['x-01', -8],
    ['x-08', -1],
  ] as const)
    await utimes(join(bed.folder, `${name}.jsonl`), 0, (TODAY_MS + hours * 3_600_000) / 1000);

  await bed.send(['', TODAY_MS]);

  assert.deepEqual(await bed.names(), ['x-08.jsonl', 'x-09.jsonl', 'x-24.jsonl']);
});

test('a name that can be read in two ways is left alone', async (t) => {
  const { send, names } = await bedOf(t, '{A}-%d-{B}', { keep: { files: 0 } }, ['1-20-02-x', '1-02-20-x', 'y-20-x']);

  await send([['1', '02-x'], TODAY_MS], [['1-02', 'x'], TODAY_MS], [['y', 'x'], TODAY_MS]);

  assert.deepEqual(await names(), ['1-02-20-x', '1-02-21-x', '1-20-02-x', '1-21-02-x', 'y-21-x']);
});

test('a file whose time is over is rotated and compressed; what still comes for that time begins a new one', async (t) => {
  const options = { rotate: { max_bytes: 1_000_000, compress: 'gzip' as const } };
  const { folder, send, names } = await bedOf(t, '{A}-%Y%m%d.jsonl', options, ['b-20261120.jsonl']);
  await send(['a', TODAY_MS - DAY_MS]);
  assert.deepEqual(await names(), ['a-20261120.jsonl', 'b-20261120.jsonl']);

  await send(['a', TODAY_MS - DAY_MS], ['a', TODAY_MS]);
  await send(['a', TODAY_MS - DAY_MS], ['a', TODAY_MS]);

  const rotated = 'a-20261120.jsonl.20261121-090000.gz';
  assert.deepEqual(await names(), ['a-20261120.jsonl', rotated, 'a-20261121.jsonl', 'b-20261120.jsonl']);
  assert.equal(gunzipSync(await readFile(join(folder, rotated))).toString(), '{"n":0}\n{"n":0}\n');
  assert.equal(await readFile(join(folder, 'a-20261120.jsonl'), 'utf8'), '{"n":0}\n');
});

test('a file is neither moved nor removed before the state knows what was written to it last', async (t) => {
  const bed = await bedOf(t, 'x-%Y%m%d.jsonl', { rotate: { ...rotate, compress: 'gzip' }, keep: { files: 0 } }, []);
  await bed.sender.send(batchOf([['', TODAY_MS - DAY_MS]]), signal);
  await bed.sender.send(batchOf([['', TODAY_MS]]), signal);
  await bed.sender.finish?.(signal);
  assert.deepEqual(await bed.names(), ['x-20261120.jsonl', 'x-20261121.jsonl']);

  bed.sender.saved?.(bed.sender.mark?.());
  await bed.sender.finish?.(signal);

  assert.deepEqual(await bed.names(), ['x-20261121.jsonl']);
});

test('what does not match exactly is never touched', { timeout: 180_000 }, async (t) => {
  const near = fc.tuple(
    fc.constantFrom('a', 'aa', '', 'A', 'a-20261101'),
    fc.constantFrom('-', '_', ''),
    fc.constantFrom('20261101', '20261301', '20260229', '2026110', '202611011', '2026-11-01', '２０２６1101', 'today'),
    fc.constantFrom('.jsonl', '.json', '.jsonl~', '.jsonl.gz', '.jsonl.1', ''),
    fc.constantFrom(
      '',
      '.20261101-101010',
      '.20261101-101060',
      '.20261101-10101',
      '.20261101-101010-0',
      '.20261101-101010-01',
      '.20261101-101010-2.gz',
      '.20261101-101010.bz2',
      '.20261101-101010.gz.tmp',
      '.20261101_101010',
      ' ',
    ),
  );
  const exact = /^a-20261101\.jsonl(\.20261101-101010(-2\.gz)?)?$/;
  const names = fc.uniqueArray(
    near.map((parts) => parts.join('')).filter((name) => name !== ''),
    { minLength: 5, maxLength: 30 },
  );

  const samples = fc.sample(names, 60);
  const bed = await bedOf(t, '{A}-%Y%m%d.jsonl', { rotate, keep: { files: 0, age: 1, total_bytes: 0 } }, []);
  for (const [n, sample] of samples.entries()) {
    for (const name of [...sample, 'a-20261101.jsonl']) await appendFile(join(bed.folder, name), '\n');
    await bed.send(['a', TODAY_MS + n * DAY_MS]);

    const present = new Set(await bed.names());
    for (const name of sample) assert.equal(present.has(name), !exact.test(name), name);
    assert.ok(!present.has('a-20261101.jsonl'));
  }
});

test('what a crash has left of any value is put in order at the start, though no entry comes for it', async (t) => {
  const options = { rotate: { max_bytes: 1_000_000, compress: 'gzip' as const }, keep: { files: 2 } };
  const done = 'quiet/a.jsonl.20261101-000000.gz';
  const left = [
    'quiet/a.jsonl',
    done,
    'quiet/a.jsonl.20261102-000000',
    'quiet/.a.jsonl.20261102-000000.gz.tmp',
    'quiet/a.jsonl.20261103-000000',
    'quiet/a.jsonl.20261103-000000.gz',
    'quiet/.b.jsonl.20261103-000000.gz.tmp',
    'quiet/.b.jsonl.20261103-000000.tmp',
    'quiet/c.json.20261103-000000',
    'deep/er/d.jsonl.20261103-000000',
  ];
  const { folder, sender, names } = await bedOf(t, '{A}/{B}.jsonl', options, left);
  await symlink(join(folder, 'deep/er'), join(folder, 'linked'));

  await sender.connect(signal);
  await sender.finish?.(signal);

  assert.deepEqual(await names(), [
    'deep/er/d.jsonl.20261103-000000',
    'linked',
    'linked/d.jsonl.20261103-000000',
    'quiet/.b.jsonl.20261103-000000.tmp',
    'quiet/a.jsonl',
    'quiet/a.jsonl.20261102-000000.gz',
    'quiet/a.jsonl.20261103-000000.gz',
    'quiet/c.json.20261103-000000',
  ]);
  const text = gunzipSync(await readFile(join(folder, 'quiet/a.jsonl.20261103-000000.gz'))).toString();
  assert.equal(text, 'quiet/a.jsonl.20261103-000000\n');
});

test('what was written to any value behind the mark is taken back at the start, though no entry comes for it', async (t) => {
  const { folder, sender, names } = await bedOf(t, '{A}.jsonl', { rotate: { max_bytes: 10, compress: 'gzip' } }, []);
  await sender.send(
    batchOf([
      ['a', 0],
      ['b', 0],
    ]),
    signal,
  );
  const mark: unknown = JSON.parse(JSON.stringify(sender.mark?.()));
  sender.saved?.(mark);
  await sender.send(
    batchOf([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]),
    signal,
  );
  assert.equal((await names()).length, 5);

  const next = createFileSender(
    { ...common, file_output: join(folder, '{A}.jsonl'), rotate: { max_bytes: 10, compress: 'gzip' } },
    { name: 'r.s', log: createLog({ write: () => undefined }), mark },
  );
  t.after(() => next.close());
  await next.connect(signal);
  await next.finish?.(signal);

  const texts = await Promise.all(
    (await names())
      .filter((name) => !name.startsWith('c'))
      .map(async (name) => {
        const bytes = await readFile(join(folder, name));
        return [name.replace(/\d{8}-\d{6}/, 'then'), (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()];
      }),
  );
  assert.deepEqual(
    texts.filter(([, text]) => text !== ''),
    [
      ['a.jsonl.then.gz', '{"n":0}\n'],
      ['b.jsonl.then.gz', '{"n":1}\n'],
    ],
  );
});
