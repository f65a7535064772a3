import assert from 'node:assert/strict';
import { link, mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RetryableError } from '../../errors.ts';
import { createLog } from '../../telemetry/log.ts';
import type { Batch } from '../sender.ts';
import { createFileSender } from './file-sender.ts';

const { signal } = new AbortController();
const common = { fsync: 'batch', fsync_interval: 1, file_mode: '0640', create_directories: true } as const;

function senderOf(t: TestContext, name: string, file_output: string) {
  const sender = createFileSender(
    { ...common, file_output, rotate: { max_bytes: 20, compress: 'none' } },
    { name, log: createLog({ write: () => undefined }) },
  );
  t.after(() => sender.close());
  return sender;
}

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'writers-'));
  t.after(() => folder.remove());
  return folder.path;
}

function batchOf(n: number, value?: string): Batch {
  const head = value === undefined ? '' : `${JSON.stringify(['c', 1_700_000_000_000_000, value])}\n`;
  const bytes = Buffer.from(`${head}{"n":${n}}\n`);
  return { bytes, ends: Uint32Array.of(bytes.length), last: { cursor: 'c', realtimeUs: 0 } };
}

const refused = (error: unknown) =>
  error instanceof RetryableError && error.message.includes('all.jsonl: the sender r.a writes to it, and no two may;');

for (const { title, first, second } of [
  { title: 'two templates', first: '{A}.jsonl', second: '{B}ll.jsonl' },
  { title: 'a template and a plain path', first: '{A}.jsonl', second: 'all.jsonl' },
  { title: 'a plain path and a template', first: 'all.jsonl', second: '{A}.jsonl' },
  { title: 'one plain path', first: 'all.jsonl', second: './all.jsonl' },
]) {
  test(`of two senders that come to one file by ${title} the second waits until the first lets go`, async (t) => {
    const folder = await folderOf(t);
    const [a, b] = [senderOf(t, 'r.a', join(folder, first)), senderOf(t, 'r.b', `${folder}/${second}`)];
    const send = (sender: typeof a, template: string, n: number) =>
      sender.send(batchOf(n, template.includes('{B}') ? 'a' : template.includes('{') ? 'all' : undefined), signal);
    await send(a, first, 1);

    await assert.rejects(send(b, second, 2), refused);
    await send(a, first, 3);
    await assert.rejects(send(b, second, 2), refused);
    const mark = a.mark?.();
    a.saved?.(mark);
    await a.close();
    await send(b, second, 2);

    assert.equal(await readFile(join(folder, 'all.jsonl'), 'utf8'), '{"n":2}\n');
    await assert.rejects(send(senderOf(t, 'r.c', join(folder, 'all.jsonl')), 'all.jsonl', 4), /the sender r\.b writes/);
  });
}

test('of many files that are opened together the one that another sender writes is refused as well', async (t) => {
  const folder = await folderOf(t);
  const [a, b] = [senderOf(t, 'r.a', join(folder, 'all.jsonl')), senderOf(t, 'r.b', join(folder, '{A}.jsonl'))];
  const batches = ['all', ...Array.from({ length: 200 }, (_, n) => `v${n}`)].map((value) => batchOf(2, value));
  let end = 0;
  const ends = Uint32Array.from(batches, ({ bytes }) => (end += bytes.length));
  const batch = { ...batches[0]!, bytes: Buffer.concat(batches.map(({ bytes }) => bytes)), ends };
  await a.send(batchOf(1), signal);

  await assert.rejects(b.send(batch, signal), refused);
  await a.send(batchOf(3), signal);
  a.saved?.(a.mark?.());
  await a.close();
  await b.send(batch, signal);

  assert.equal(await readFile(join(folder, 'v7.jsonl'), 'utf8'), '{"n":2}\n');
  assert.match(await readFile(join(folder, 'all.jsonl'), 'utf8'), /^\{"n":2\}\n$/);
});

test('a hard link to a file of another sender is refused as well, and a file that was rotated is let go of', async (t) => {
  const folder = await folderOf(t);
  const [a, b] = [senderOf(t, 'r.a', join(folder, 'all.jsonl')), senderOf(t, 'r.b', join(folder, 'link.jsonl'))];
  await a.send(batchOf(1), signal);
  await link(join(folder, 'all.jsonl'), join(folder, 'link.jsonl'));
  await assert.rejects(b.send(batchOf(2), signal), /the sender r\.a writes to it/);

  for (const n of [3, 4]) await a.send(batchOf(n), signal);

  await b.send(batchOf(5), signal);
  assert.equal(await readFile(join(folder, 'all.jsonl'), 'utf8'), '{"n":4}\n');
});
