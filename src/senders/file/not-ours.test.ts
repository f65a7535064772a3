import assert from 'node:assert/strict';
import { appendFile, mkdtempDisposable, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createLog } from '../../telemetry/log.ts';
import { createFileSender } from './file-sender.ts';

const { signal } = new AbortController();
const defaults = { fsync: 'batch', fsync_interval: 1, file_mode: '0640', create_directories: true } as const;

async function makeBed(t: TestContext) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'not-ours-'));
  t.after(() => folder.remove());
  const path = join(folder.path, 'o.jsonl');
  const log: string[] = [];
  const senderOf = (mark?: unknown) => {
    const context = { name: 'r.s', log: createLog({ write: (line) => log.push(line) }), mark };
    const sender = createFileSender({ ...defaults, file_output: path }, context);
    t.after(() => sender.close());
    return sender;
  };
  return { folder: folder.path, path, log, senderOf, text: () => readFile(path, 'utf8') };
}

const batchOf = (n: number) => {
  const bytes = Buffer.from(`{"n":${n}}\n`);
  return { bytes, ends: Uint32Array.of(bytes.length), last: { cursor: 'c', realtimeUs: 0 } };
};

test('what others have appended after a run that ended as it should stays', async (t) => {
  const { path, folder, log, senderOf, text } = await makeBed(t);
  const sender = senderOf();
  await sender.send(batchOf(1), signal);
  const mark = sender.mark?.();
  await sender.close();
  sender.saved?.(mark);
  assert.deepEqual(await readdir(folder), ['o.jsonl']);
  await appendFile(path, 'theirs\n');

  await senderOf(mark).send(batchOf(2), signal);

  assert.equal(await text(), '{"n":1}\ntheirs\n{"n":2}\n');
  assert.match(log.join(), /goes on behind where the state file has it.*nothing is cut off/);
});

test('what others have appended while we ran stays after a crash, and that entries may come twice is told', async (t) => {
  const { path, log, senderOf, text } = await makeBed(t);
  const sender = senderOf();
  await sender.send(batchOf(1), signal);
  const mark = sender.mark?.();
  sender.saved?.(mark);
  await appendFile(path, 'theirs\n');
  await sender.send(batchOf(2), signal);

  await senderOf(mark).send(batchOf(2), signal);

  assert.equal(await text(), '{"n":1}\ntheirs\n{"n":2}\n{"n":2}\n');
  assert.match(log.join(), /is not cut back .*: others have written to it, too; .* may come twice/);
});

test('a state file from a backup, older than the run that crashed, cuts nothing off', async (t) => {
  const { log, senderOf, text } = await makeBed(t);
  const first = senderOf();
  await first.send(batchOf(1), signal);
  const old = first.mark?.();
  await first.send(batchOf(2), signal);
  const mark = first.mark?.();
  first.saved?.(mark);
  await first.close();
  await senderOf(mark).send(batchOf(3), signal);

  await senderOf(old).send(batchOf(2), signal);

  assert.equal(await text(), [1, 2, 3, 2].map((n) => `{"n":${n}}\n`).join(''));
  assert.match(log.join(), /does not go with the state file: .* may come twice/);
});

test('a file that got the inode of ours is not cut, though ours was empty', async (t) => {
  const { path, senderOf, text } = await makeBed(t);
  await senderOf().send(batchOf(1), signal); // and crashes: the ledger says that the file was empty before
  await rm(path);
  await writeFile(path, '{"theirs":1}\n');

  await senderOf().send(batchOf(1), signal);

  assert.equal(await text(), '{"theirs":1}\n{"n":1}\n');
});

test('a file that is reached by a link is taken back as well', async (t) => {
  const { folder, path, senderOf, text } = await makeBed(t);
  await writeFile(join(folder, 'real.jsonl'), '');
  await symlink('real.jsonl', path);
  const sender = senderOf();
  await sender.send(batchOf(1), signal);
  const mark = sender.mark?.();
  sender.saved?.(mark);
  await sender.send(batchOf(2), signal);

  await senderOf(mark).send(batchOf(2), signal);

  assert.equal(await text(), '{"n":1}\n{"n":2}\n');
});
