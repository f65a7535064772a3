import assert from 'node:assert/strict';
import {
  appendFile,
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  rename,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createLog } from '../../telemetry/log.ts';
import type { Batch } from '../sender.ts';
import { createFileSender, type FileSenderOptions } from './file-sender.ts';

const { signal } = new AbortController();
const defaults = { fsync: 'batch', fsync_interval: 1, file_mode: '0640', create_directories: true } as const;

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'once-'));
  t.after(() => folder.remove());
  return folder.path;
}

function senderOf(t: TestContext, options: Partial<FileSenderOptions> & { file_output: string }, mark?: unknown) {
  const log: string[] = [];
  const context = { name: 'r.s', log: createLog({ write: (line) => log.push(line) }), mark };
  const sender = createFileSender({ ...defaults, ...options }, context);
  t.after(() => sender.close());
  return { sender, log };
}

/** Lines `{"n":…}`; with heads, for templates with one field. */
function batchOf(numbers: readonly number[], keyOf?: (n: number) => string | null): Batch {
  const payloads = numbers.map((n) => {
    const head = keyOf === undefined ? '' : `${JSON.stringify(['c', 1_700_000_000_000_000, keyOf(n)])}\n`;
    return Buffer.from(`${head}{"n":${n}}\n`);
  });
  let end = 0;
  const ends = Uint32Array.from(payloads, ({ length }) => (end += length));
  return { bytes: Buffer.concat(payloads), ends, last: { cursor: 'c', realtimeUs: 0 } };
}

const textOf = (...numbers: number[]) => numbers.map((n) => `{"n":${n}}\n`).join('');
const lines = async (path: string) => (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');

for (const fsync of ['batch', 'interval', 'never'] as const) {
  test(`what was written after the mark is taken back at the next start (fsync: ${fsync})`, async (t) => {
    const file_output = join(await folderOf(t), 'o.jsonl');
    const { sender } = senderOf(t, { file_output, fsync });
    await sender.send(batchOf([1, 2]), signal);
    const mark: unknown = JSON.parse(JSON.stringify(sender.mark?.()));
    sender.saved?.(mark);
    await sender.send(batchOf([3]), signal);

    const next = senderOf(t, { file_output, fsync }, mark);
    await next.sender.connect(signal);

    assert.equal(await readFile(file_output, 'utf8'), textOf(1, 2));
    assert.deepEqual(next.log, []);
  });
}

test('what was written before any mark was saved is taken back, too', async (t) => {
  const file_output = join(await folderOf(t), 'o.jsonl');
  await writeFile(file_output, textOf(0));
  const { sender } = senderOf(t, { file_output });
  await sender.send(batchOf([1, 2]), signal);

  const next = senderOf(t, { file_output });
  await next.sender.send(batchOf([1]), signal);

  assert.equal(await readFile(file_output, 'utf8'), textOf(0, 1));
});

for (const { title, change, complaint } of [
  { title: 'shorter', change: (path: string) => truncate(path, 3), complaint: /it is shorter than it was/ },
  {
    title: 'of other content',
    change: (path: string) => writeFile(path, `${textOf(8, 9)}${textOf(7)}`),
    complaint: /its content is not what it was/,
  },
]) {
  test(`a file that is ${title} than at the mark is left alone, and that is said`, async (t) => {
    const file_output = join(await folderOf(t), 'o.jsonl');
    const { sender } = senderOf(t, { file_output });
    await sender.send(batchOf([1, 2]), signal);
    const mark = sender.mark?.();
    sender.saved?.(mark);
    await change(file_output);
    await appendFile(file_output, '\n');
    const before = await readFile(file_output, 'utf8');

    const next = senderOf(t, { file_output }, mark);
    await next.sender.connect(signal);

    assert.equal(await readFile(file_output, 'utf8'), before);
    assert.match(next.log.join(''), complaint);
  });
}

for (const mark of [null, 7, 'x', [], {}, { ledger: 1 }, { ledger: 'x', batch: 1, file: { path: '/etc/passwd' } }]) {
  test(`a mark that is none is as good as no mark: ${JSON.stringify(mark)}`, async (t) => {
    const file_output = join(await folderOf(t), 'o.jsonl');
    await writeFile(file_output, textOf(0));
    const { sender } = senderOf(t, { file_output }, mark);

    await sender.send(batchOf([1]), signal);

    assert.equal(await readFile(file_output, 'utf8'), textOf(0, 1));
  });
}

test('rotated files are cut back as well, and those that came after the mark vanish', async (t) => {
  const folder = await folderOf(t);
  const options = { file_output: join(folder, 'o.jsonl'), rotate: { max_bytes: 20, compress: 'gzip' } } as const;
  const { sender } = senderOf(t, options);
  await sender.send(batchOf([1]), signal);
  const mark = sender.mark?.();
  sender.saved?.(mark);
  await sender.send(batchOf([2, 3, 4, 5, 6]), signal);

  const next = senderOf(t, options, mark);
  await next.sender.send(batchOf([2, 3]), signal);

  const names = (await readdir(folder)).filter((name) => name.startsWith('o.')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  assert.equal(
    texts
      .flatMap((text) => text.split('\n'))
      .filter((line) => line !== '')
      .sort()
      .join(),
    '{"n":1},{"n":2},{"n":3}',
  );
  assert.deepEqual(next.log, []);
});

test('rotates before the write that would exceed, compresses, keeps only so many, and never touches what is not ours', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder, 'o.jsonl');
  const foreign = [
    'o.jsonl.1',
    'o.jsonl.bak',
    'o.jsonl.20260101-000000.bz2',
    'o.jsonl.20261301-000000',
    'x.o.jsonl.20260101-000000',
  ];
  for (const name of foreign) await writeFile(join(folder, name), 'theirs');
  await writeFile(join(folder, '.o.jsonl.20260101-000000.gz.tmp'), 'left over');
  const { sender } = senderOf(t, {
    file_output: path,
    rotate: { max_bytes: 16, compress: 'gzip' },
    keep: { files: 3 },
  });

  await sender.send(batchOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 123_456_789_012]), signal);
  sender.saved?.(sender.mark?.());
  await sender.finish?.(signal);
  await sender.close();

  const names = (await readdir(folder)).filter((name) => !foreign.includes(name));
  assert.equal(names.filter((name) => /^o\.jsonl\.\d{8}-\d{6}(-\d+)?\.gz$/.test(name)).length, 3, names.join());
  assert.deepEqual(
    names.filter((name) => !name.endsWith('.gz')),
    ['o.jsonl'],
  );
  assert.equal(await readFile(path, 'utf8'), textOf(123_456_789_012));
  for (const name of foreign) assert.equal(await readFile(join(folder, name), 'utf8'), 'theirs');
  const sizes = names
    .filter((name) => name.endsWith('.gz'))
    .map(async (name) => gunzipSync(await readFile(join(folder, name))).length);
  assert.deepEqual(await Promise.all(sizes), [16, 16, 16]);
});

test('one file for each value, never outside, whatever the value', async (t) => {
  const folder = await folderOf(t);
  const values = [
    'a',
    '../../up',
    '..',
    '.',
    '',
    '/etc/passwd',
    'x'.repeat(4000),
    'ä'.repeat(300),
    'a\0b\n',
    '.hidden',
    null,
  ];
  const { sender } = senderOf(t, { file_output: join(folder, 'in/{KEY}/{KEY}.jsonl') });

  await sender.send(
    batchOf([...values.keys()], (n) => values[n] ?? null),
    signal,
  );
  sender.saved?.(sender.mark?.());
  await sender.close();

  assert.deepEqual(await readdir(folder), ['in']);
  const directories = await readdir(join(folder, 'in'));
  assert.ok(directories.includes('default') && directories.includes('a'));
  assert.equal(directories.filter((name) => !name.startsWith('.journalbridge')).length, values.length - 1); // "." and "" are one
  for (const name of directories) assert.ok(Buffer.byteLength(name) <= 255);
});

test('a link below the fixed part of the path is not followed', async (t) => {
  const folder = await folderOf(t);
  await mkdir(join(folder, 'in'));
  await mkdir(join(folder, 'elsewhere'));
  await symlink(join(folder, 'elsewhere'), join(folder, 'in/evil'));
  const { sender } = senderOf(t, { file_output: join(folder, 'in/{KEY}/o.jsonl') });

  await assert.rejects(
    sender.send(
      batchOf([1], () => 'evil'),
      signal,
    ),
    /symbolic link/,
  );

  assert.deepEqual(await readdir(join(folder, 'elsewhere')), []);
});

test('two thousand files leave no more open than they may', async (t) => {
  const folder = await folderOf(t);
  const { sender } = senderOf(t, { file_output: join(folder, '{KEY}.jsonl'), max_open_files: 50 });
  const numbers = Array.from({ length: 2000 }, (_, n) => n);

  for (let round = 0; round < 2; round++) await sender.send(batchOf(numbers, String), signal);

  const open = (await readdir('/proc/self/fd')).length;
  assert.ok(open < 150, `${open} are open`);
  assert.equal((await lines(join(folder, '1999.jsonl'))).length, 2);
});

test('a file that was renamed away from outside is taken back where it is now', async (t) => {
  const file_output = join(await folderOf(t), 'o.jsonl');
  const { sender } = senderOf(t, { file_output });
  await sender.send(batchOf([1]), signal);
  const mark = sender.mark?.();
  sender.saved?.(mark);
  await sender.send(batchOf([2]), signal);
  await rename(file_output, `${file_output}.1`);
  await sender.send(batchOf([3]), signal);

  await senderOf(t, { file_output }, mark).sender.connect(signal);

  assert.equal(await readFile(`${file_output}.1`, 'utf8'), textOf(1));
  assert.equal(await readFile(file_output, 'utf8'), '');
});
