import assert from 'node:assert/strict';
import { mkdtempDisposable, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { need } from '../../../test/support/need.ts';
import { Tmpfs } from '../../../test/support/tmpfs.ts';
import { RetryableError } from '../../errors.ts';
import { createLog } from '../../telemetry/log.ts';
import type { Batch, Sender } from '../sender.ts';
import { createFileSender } from './file-sender.ts';
import { ManyFiles } from './many-files.ts';
import type { OutputFile } from './output-file.ts';

const FILES = 100;
const { signal } = new AbortController();

/** A line of so many bytes for each of the files. */
function batchOf(n: number, lineBytes = 40): Batch {
  const payloads = Array.from({ length: FILES }, (_, file) => {
    const line = `{"n":${n}}`.padEnd(lineBytes - 1);
    return Buffer.from(`${JSON.stringify(['c', 1_767_225_600_000_000, `f${file}`])}\n${line}\n`);
  });
  let end = 0;
  const ends = Uint32Array.from(payloads, ({ length }) => (end += length));
  return { bytes: Buffer.concat(payloads), ends, last: { cursor: 'c', realtimeUs: 0 } };
}

function senderInto(folder: string, more: object = {}, mark?: unknown): Sender {
  const common = { fsync: 'batch', fsync_interval: 1, file_mode: '0640', create_directories: false } as const;
  const context = { name: 'r.s', mark, log: createLog({ write: () => undefined }) };
  return createFileSender({ ...common, ...more, file_output: join(folder, '{KEY}.jsonl') }, context);
}

/** The numbers of the batches in each file, all of which must agree. */
async function numbersIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const found = new Set(
    texts.map((text) =>
      text
        .replaceAll(/[^\d\n]/g, '')
        .trimEnd()
        .replaceAll('\n', ' '),
    ),
  );
  assert.equal(found.size, 1, [...found].join(' | '));
  return [...found][0]!;
}

for (const { title, more } of [
  { title: 'that stay open', more: {} },
  { title: 'of which few may be open', more: { max_open_files: 10 } },
]) {
  test(`a disk that is full takes nothing of a batch for many files ${title}, then all of it once`, async (t) => {
    if (!need(t, 'tmpfs')) return;
    await using disk = await Tmpfs.mount(2 << 20);
    const sender = senderInto(disk.path, more);
    t.after(() => sender.close());
    await sender.send(batchOf(1), signal);

    await assert.rejects(sender.send(batchOf(2, 30_000), signal), /f\d+\.jsonl: the disk is full/);
    const after = await numbersIn(disk.path);
    await sender.send(batchOf(2), signal);

    assert.equal(after, '1');
    assert.equal(await numbersIn(disk.path), '1 2');
  });
}

for (const { title, more } of [
  { title: 'that stay open', more: {} },
  { title: 'of which few may be open', more: { max_open_files: 10 } },
]) {
  test(`a thread that dies while it writes to files ${title} is told, and costs and doubles nothing`, async (t) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'many-'));
    const threads: Worker[] = [];
    const note = (thread: Worker) => threads.push(thread);
    process.on('worker', note);
    t.after(() => process.off('worker', note));
    const sender = senderInto(folder.path, more);
    t.after(() => sender.close());
    let [n, deaths] = [0, 0];

    for (; deaths < 8 && n < 500; n++) {
      const sending = sender.send(batchOf(n), signal).catch((error: unknown) => error);
      for (let tick = 0; tick < n % 100; tick++) await setImmediate();
      await threads.at(-1)?.terminate();
      const error = await sending;
      if (error === undefined) continue;
      deaths++;
      assert.ok(error instanceof RetryableError);
      await sender.send(batchOf(n), signal);
    }

    assert.equal(deaths, 8);
    assert.equal(await numbersIn(folder.path), Array.from({ length: n }, (_, batch) => batch).join(' '));
  });
}

test('without a shell many files are forced to the disk one by one', async (t) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'many-'));
  const { PATH } = process.env;
  t.after(() => (process.env['PATH'] = PATH));
  process.env['PATH'] = folder.path;
  const sender = senderInto(folder.path);
  t.after(() => sender.close());

  for (const n of [1, 2, 3]) await sender.send(batchOf(n), signal);

  assert.equal(await numbersIn(folder.path), '1 2 3');
});

test('many files that are there already are gone on with', async (t) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'many-'));
  const first = senderInto(folder.path);
  await first.send(batchOf(1), signal);
  const mark = first.mark!();
  first.saved!(mark);
  await first.close();
  const second = senderInto(folder.path, { max_open_files: 70 }, mark);
  t.after(() => second.close());

  for (const n of [2, 3]) await second.send(batchOf(n), signal);

  assert.equal(await numbersIn(folder.path), '1 2 3');
});

test('files on another file system than the root are not taken for synced with it', async (t) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'many-'));
  const many = new ManyFiles(folder.path);
  t.after(() => many.close());
  const { dev } = await stat(folder.path, { bigint: true });
  let synced = 0;
  const filesOn = (last: string) =>
    Array.from({ length: FILES }, (_, n) => ({
      device: n === FILES - 1 ? last : String(dev),
      synced: () => synced++,
    })) as unknown as OutputFile[];

  assert.equal(await many.sync(filesOn('999999')), false);
  assert.equal(synced, 0);
  assert.equal(await many.sync(filesOn(String(dev))), true);
  assert.equal(synced, FILES);
});
