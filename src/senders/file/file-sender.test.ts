import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { need } from '../../../test/support/need.ts';
import { Tmpfs } from '../../../test/support/tmpfs.ts';
import { RetryableError } from '../../errors.ts';
import { createLog } from '../../telemetry/log.ts';
import type { Batch, Sender } from '../sender.ts';
import { createFileSender } from './file-sender.ts';
import type { FileSenderOptions } from './file-sender.ts';

const { signal } = new AbortController();
const defaults = { fsync: 'batch', fsync_interval: 1, file_mode: '0640', create_directories: false } as const;

interface Bed {
  readonly folder: string;
  readonly path: string;
  readonly sender: Sender;
  readonly log: string[];
}

async function makeBed(t: TestContext, options: Partial<FileSenderOptions> = {}, prepare?: (path: string) => unknown) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'file-'));
  const path = options.file_output ?? join(folder.path, 'out.jsonl');
  await prepare?.(path);
  const log: string[] = [];
  const context = { name: 'r.s', log: createLog({ write: (line) => log.push(line) }) };
  const sender = createFileSender({ ...defaults, ...options, file_output: path }, context);
  t.after(async () => {
    await sender.close();
    await folder.remove();
  });
  return { folder: folder.path, path, sender, log } satisfies Bed;
}

/** A batch of lines `{"n":…}`. The buffer is longer than its content, as that of a queue is. */
function batchOf(...numbers: number[]): Batch {
  const lines = numbers.map((n) => `{"n":${n}}\n`);
  const ends = Uint32Array.from(lines.keys(), (i) => lines.slice(0, i + 1).join('').length);
  return {
    bytes: Buffer.from(`${lines.join('')}what is left of an older batch\n`),
    ends,
    last: { cursor: 'c', realtimeUs: 0 },
  };
}

const textOf = (...numbers: number[]) => numbers.map((n) => `{"n":${n}}\n`).join('');
const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

for (const fsync of ['batch', 'interval', 'never'] as const) {
  test(`appends batch after batch (fsync: ${fsync})`, async (t) => {
    const { path, sender } = await makeBed(t, { fsync, fsync_interval: 0.01 });
    await sender.connect(signal);

    for (const n of [0, 2, 4]) await sender.send(batchOf(n, n + 1), signal);
    await sender.close();

    assert.equal(await readFile(path, 'utf8'), textOf(0, 1, 2, 3, 4, 5));
  });
}

test('goes on behind what is there', async (t) => {
  const { path, sender, log } = await makeBed(t, {}, (file) => writeFile(file, textOf(0)));

  await sender.connect(signal);
  await sender.send(batchOf(1), signal);

  assert.equal(await readFile(path, 'utf8'), textOf(0, 1));
  assert.deepEqual(log, []);
});

test('closing is safe twice, and without a connection', async (t) => {
  const { folder, sender } = await makeBed(t);

  await sender.close();
  await sender.close();

  assert.deepEqual(await readdir(folder), []);
});

for (const { mode, umask } of [
  { mode: '0640', umask: 0o000 },
  { mode: '0640', umask: 0o077 },
  { mode: '0600', umask: 0o022 },
  { mode: '644', umask: 0o777 },
]) {
  test(`a new file has the mode ${mode} also under the umask ${umask.toString(8)}`, async (t) => {
    const before = process.umask(umask);
    t.after(() => process.umask(before));
    const { path, sender } = await makeBed(t, { file_mode: mode });

    await sender.connect(signal);

    assert.equal(await modeOf(path), String(Number(mode)));
  });
}

test('the mode of a file that is there is the business of whoever made it', async (t) => {
  const { path, sender } = await makeBed(t, {}, async (file) => {
    await writeFile(file, '');
    await chmod(file, 0o604);
  });

  await sender.connect(signal);

  assert.equal(await modeOf(path), '604');
});

test('a file made through a link that leads nowhere yet has no wider mode than was asked for', async (t) => {
  const before = process.umask(0o022);
  t.after(() => process.umask(before));
  const { folder, sender } = await makeBed(t, { file_mode: '0600' }, (file) => symlink(`${file}.real`, file));

  await sender.connect(signal);
  await sender.send(batchOf(1), signal);

  assert.equal(await modeOf(join(folder, 'out.jsonl.real')), '600');
});

for (const { title, torn, left, lost } of [
  { title: 'the beginning of a line', torn: `${textOf(0, 1)}{"n":`, left: textOf(0, 1), lost: 5 },
  { title: 'nothing but the beginning of a line', torn: '{"n":1', left: '', lost: 6 },
  {
    title: 'the zeros that a power cut leaves',
    torn: `${textOf(0)}${'\0'.repeat(9000)}`,
    left: textOf(0),
    lost: 9000,
  },
  { title: 'a torn line of many pieces', torn: `${textOf(0)}{${'x'.repeat(300_000)}`, left: textOf(0), lost: 300_001 },
]) {
  test(`${title} at the end is cut off and told`, async (t) => {
    const { path, sender, log } = await makeBed(t, {}, (file) => writeFile(file, torn));

    await sender.connect(signal);

    assert.equal(await readFile(path, 'utf8'), left);
    assert.equal(log.length, 1);
    assert.match(log[0]!, new RegExp(` WARN .*out\\.jsonl ended in the middle of a line; its last ${lost} bytes`));
    await sender.send(batchOf(9), signal);
    assert.equal(await readFile(path, 'utf8'), left + textOf(9));
  });
}

test('a file that is no file of lines is left alone', async (t) => {
  const { path, sender } = await makeBed(t, {}, (file) => writeFile(file, 'ELF or whatever'));

  await assert.rejects(sender.connect(signal), (error) => {
    assert.ok(error instanceof RetryableError);
    assert.match(error.message, /cannot write to .*out\.jsonl: .*does not begin like JSON lines: it is left alone/);
    return true;
  });

  assert.equal(await readFile(path, 'utf8'), 'ELF or whatever');
});

test('after a rotation by renaming it goes on in a new file', async (t) => {
  const { path, sender } = await makeBed(t);
  await sender.connect(signal);
  await sender.send(batchOf(0), signal);

  await rename(path, `${path}.1`);
  await sender.send(batchOf(1), signal);

  assert.equal(await readFile(`${path}.1`, 'utf8'), textOf(0));
  assert.equal(await readFile(path, 'utf8'), textOf(1));
  assert.equal(await modeOf(path), '640');
});

test('after a rotation by copytruncate it goes on at the beginning', async (t) => {
  const { path, sender } = await makeBed(t);
  await sender.connect(signal);
  await sender.send(batchOf(0, 1, 2), signal);

  await copyFile(path, `${path}.1`);
  await truncate(path);
  await sender.send(batchOf(3), signal);

  assert.equal(await readFile(path, 'utf8'), textOf(3));
});

test('a file that was removed is made anew', async (t) => {
  const { path, sender } = await makeBed(t);
  await sender.connect(signal);
  await sender.send(batchOf(0), signal);

  await unlink(path);
  await sender.send(batchOf(1), signal);

  assert.equal(await readFile(path, 'utf8'), textOf(1));
});

test('asked to reopen, it takes the file at its path and loses nothing', async (t) => {
  const { path, sender } = await makeBed(t);
  await sender.connect(signal);
  await sender.send(batchOf(0), signal);
  const before = await descriptors();

  for (let n = 1; n <= 20; n++) {
    sender.reopen?.();
    await sender.send(batchOf(n), signal);
  }

  assert.equal(await readFile(path, 'utf8'), textOf(...Array.from({ length: 21 }, (_, n) => n)));
  assert.equal(await descriptors(), before);
});

const descriptors = async () => (await readdir('/proc/self/fd')).length;

for (const { title, prepare, remedy } of [
  { title: 'its directory is missing', prepare: undefined, remedy: /its directory does not exist.*create_directories/ },
  {
    title: 'it is a directory',
    prepare: (path: string) => mkdir(path, { recursive: true }),
    remedy: /it is a directory; "file_output" must name a file/,
  },
  {
    title: 'its directory is a file',
    prepare: (path: string) => writeFile(join(path, '..'), 'x'),
    remedy: /a part of its path is no directory/,
  },
]) {
  test(`a file that cannot be opened because ${title} is told with the remedy, however often`, async (t) => {
    const { folder } = await makeBed(t);
    const path = join(folder, 'sub/out.jsonl');
    const { sender } = await makeBed(t, { file_output: path }, prepare);
    const before = await descriptors();

    for (let n = 0; n < 20; n++) {
      await assert.rejects(sender.connect(signal), (error) => {
        assert.ok(error instanceof RetryableError);
        assert.ok(error.message.startsWith(`cannot write to ${path}: `));
        assert.match(error.message, remedy);
        return true;
      });
      await assert.rejects(sender.send(batchOf(1), signal), RetryableError);
    }

    assert.equal(await descriptors(), before);
  });
}

test('directories are created when that was asked for', async (t) => {
  const { folder } = await makeBed(t);
  const path = join(folder, 'a/b/out.jsonl');
  const { sender } = await makeBed(t, { file_output: path, create_directories: true });

  await sender.connect(signal);
  await sender.send(batchOf(0), signal);
  await rm(join(folder, 'a'), { recursive: true });
  await sender.send(batchOf(1), signal);

  assert.equal(await readFile(path, 'utf8'), textOf(1));
  assert.equal((Number(await modeOf(join(folder, 'a'))) - 0) % 10, 0); // nothing for others
});

test('on a full disk the file ends with a whole line, and the same batch goes through when there is room', async (t) => {
  if (!need(t, 'tmpfs')) return;
  await using disk = await Tmpfs.mount(64 * 1024);
  const path = join(disk.path, 'out.jsonl');
  const { sender } = await makeBed(t, { file_output: path });
  await sender.connect(signal);
  await sender.send(batchOf(0), signal);
  await disk.fill();
  const large = batchOf(...Array.from({ length: 2000 }, (_, n) => n + 1));

  for (let n = 0; n < 5; n++) {
    await assert.rejects(sender.send(large, signal), (error) => {
      assert.ok(error instanceof RetryableError);
      assert.match(error.message, /the disk is full; free some space/);
      return true;
    });
    assert.equal(await readFile(path, 'utf8'), textOf(0));
  }
  await disk.free();
  await sender.send(large, signal);

  assert.equal(await readFile(path, 'utf8'), textOf(...Array.from({ length: 2001 }, (_, n) => n)));
});

test('a device takes lines and is never cut or synced', async (t) => {
  const { sender } = await makeBed(t, { file_output: '/dev/null' });

  await sender.connect(signal);
  await sender.send(batchOf(0, 1), signal);
});

test('lines that someone else appends stay whole', async (t) => {
  const { path, sender } = await makeBed(t);
  await sender.connect(signal);

  await sender.send(batchOf(0), signal);
  await appendFile(path, 'their own line\n');
  await sender.send(batchOf(1), signal);

  assert.equal(await readFile(path, 'utf8'), `${textOf(0)}their own line\n${textOf(1)}`);
});

test('a file that begins with other text than JSON lines keeps a last line without a newline', async (t) => {
  const text = 'precious line 1\nprecious line 2';
  const { path, sender } = await makeBed(t, {}, (file) => writeFile(file, text));

  await assert.rejects(sender.connect(signal), /left alone/);

  assert.equal(await readFile(path, 'utf8'), text);
});

test('a FIFO is refused, because a write to it may never end', async (t) => {
  const { sender } = await makeBed(t, {}, (file) => {
    execFileSync('mkfifo', [file]);
    return Promise.resolve();
  });

  await assert.rejects(sender.connect(signal), /FIFO/);
});
