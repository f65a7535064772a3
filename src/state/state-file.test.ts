import assert from 'node:assert/strict';
import {
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { until } from '../../test/support/until.ts';
import { messageOf, StateError } from '../errors.ts';
import { createLog } from '../telemetry/log.ts';
import { StateFile } from './state-file.ts';
import { parseStored, type Stored } from './stored.ts';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'state-'));
  t.after(() => folder.remove());
  return folder.path;
}

const lines: string[] = [];
const log = createLog({ write: (line) => lines.push(line) });
const load = (path: string | undefined, maxIntervalMs = 1000) => StateFile.load({ path, maxIntervalMs, log });
const read = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Stored;

test('what was changed is saved and loaded again', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const first = await load(path);
  first.sender('r', 's', 'FileSender').sent.cursor = 'c1';

  await first.save();

  const again = await load(path);
  assert.equal(again.sender('r', 's', 'FileSender').sent.cursor, 'c1');
  assert.match((await read(path)).start_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
});

test('a touch is saved within the interval without being asked', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const state = await load(path, 3000);
  state.sender('r', 's', 'FileSender').sent.count = 7;
  const began = performance.now();

  state.touch();

  await until(async () => (await read(path).catch(() => undefined)) !== undefined, { what: 'the state file' });
  assert.ok(performance.now() - began < 3000);
  assert.equal((await read(path)).readers['r']?.senders['s']?.sent.count, 7);
  await state.close();
});

test('a change during a save is saved, too', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const state = await load(path, 50);
  const { sent } = state.sender('r', 's', 'FileSender');

  const saving = state.save();
  sent.count = 1;
  state.touch();
  await saving;

  await until(async () => (await read(path)).readers['r']?.senders['s']?.sent.count === 1, { what: 'the second save' });
  await state.close();
});

test('figures that change all the time are brought up to date before each save', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const state = await load(path);
  const stored = state.reader('r');
  state.beforeSave = () => (stored.total_lines = 42);

  await state.save();

  assert.equal((await read(path)).readers['r']?.total_lines, 42);
});

test('the file is for its owner only, whatever the umask and an old temporary file were', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const before = process.umask(0o000);
  t.after(() => process.umask(before));
  await writeFile(`${path}.tmp`, 'left behind', { mode: 0o666 });

  await (await load(path)).save();
  const openMode = (await stat(path)).mode & 0o777;
  process.umask(0o777);
  await (await load(path)).save();

  assert.deepEqual([openMode, (await stat(path)).mode & 0o777], [0o600, 0o600]);
});

test('nothing but the file is left in its folder', async (t) => {
  const folder = await folderOf(t);

  await (await load(join(folder, 'state.json'))).save();

  assert.deepEqual(await readdir(folder), ['state.json']);
});

test('readers and senders may be named like members of JavaScript objects', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const state = await load(path);
  const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];

  for (const name of names) state.sender(name, name, 'FileSender').sent.count = 3;
  await state.save();

  const again = await load(path);
  for (const name of names) assert.equal(again.sender(name, name, 'FileSender').sent.count, 3);
});

test('without a path nothing is written', async () => {
  const state = await load(undefined);
  state.touch();

  await state.save();
  await state.close();

  assert.equal(state.sender('r', 's', 'FileSender').sent.cursor, null);
});

for (const { title, make } of [
  { title: 'empty', make: (path: string) => writeFile(path, '') },
  { title: 'broken', make: (path: string) => writeFile(path, '{"readers": {') },
  { title: 'a directory', make: (path: string) => mkdir(path) },
]) {
  test(`a state file that is ${title} is refused with what to do, and left as it is`, async (t) => {
    const path = join(await folderOf(t), 'state.json');
    await make(path);
    const before = await stat(path);

    await assert.rejects(load(path), (error) => {
      assert.ok(error instanceof StateError);
      assert.ok(error.message.startsWith(`the state file ${path} `), error.message);
      assert.match(error.message, /move the file away|check its owner and mode|name a file/);
      return true;
    });

    const after = await stat(path);
    assert.deepEqual([after.size, after.mtimeMs], [before.size, before.mtimeMs]);
  });
}

test('a save that fails leaves the old file, is told once, and is made up for', async (t) => {
  const folder = join(await folderOf(t), 'sub');
  await mkdir(folder);
  const path = join(folder, 'state.json');
  const state = await load(path, 20);
  await state.save();
  await rename(folder, `${folder}-away`);
  lines.length = 0;

  state.sender('r', 's', 'FileSender').sent.count = 9;
  state.touch();
  await until(() => lines.length > 0, { what: 'the complaint' });
  await rename(`${folder}-away`, folder);
  await until(async () => (await read(path)).readers['r']?.senders['s']?.sent.count === 9, { what: 'the next save' });

  await until(() => lines.length > 1, { what: 'the all-clear' });
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /ERROR cannot write the state file .*; shipping goes on/);
  assert.match(lines[1]!, /INFO {2}the state file is saved again/);
  await state.close();
});

test('a save that failed is tried again every second, however rarely it is saved otherwise', async (t) => {
  const folder = join(await folderOf(t), 'sub');
  await mkdir(folder);
  const path = join(folder, 'state.json');
  const state = await load(path, 3_600_000);
  await state.save();
  await rename(folder, `${folder}-away`);
  state.sender('r', 's', 'FileSender').sent.count = 9;

  await assert.rejects(state.save(), StateError);
  await rename(`${folder}-away`, folder);

  await until(async () => (await read(path)).readers['r']?.senders['s']?.sent.count === 9, { what: 'the next save' });
  await state.close();
});

test('what was never saved must be, before anything is shipped; later trouble is only told', async (t) => {
  const folder = join(await folderOf(t), 'sub');
  const state = await load(join(folder, 'state.json'));
  await assert.rejects(state.establish(), StateError);
  await mkdir(folder);
  await state.establish();
  await rename(folder, `${folder}-away`);

  await state.establish();

  assert.ok(state.failures > 0);
  await rename(`${folder}-away`, folder);
  await state.close();
});

for (const { title, prepare } of [
  { title: 'to a state file', prepare: (target: string) => writeFile(target, '{"readers":{}}') },
  { title: 'to a state file that is not there yet', prepare: () => Promise.resolve() },
]) {
  test(`a link ${title} stays a link, and what it leads to is written`, async (t) => {
    const folder = await folderOf(t);
    await mkdir(join(folder, 'real'));
    const target = join(folder, 'real/state.json');
    await prepare(target);
    const path = join(folder, 'state.json');
    await symlink('real/state.json', path);

    const state = await load(path);
    state.sender('r', 's', 'FileSender').sent.count = 9;
    await state.save();

    assert.equal(await readlink(path), 'real/state.json');
    assert.equal((await read(target)).readers['r']?.senders['s']?.sent.count, 9);
    assert.deepEqual(await readdir(join(folder, 'real')), ['state.json']);
  });
}

test('a state file that was cut anywhere is refused, or as good as whole', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const state = await load(path);
  for (const name of ['a', 'b']) {
    const { sent } = state.sender('r', name, 'FileSender');
    Object.assign(sent, { cursor: `s=1;i=${name}`, count: 12, bytes: 345, time: '2026-01-01T00:00:00.000Z' });
  }
  await state.save();
  const whole = await readFile(path, 'utf8');
  const { readers } = parseStored(whole);

  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length);
    try {
      assert.deepEqual(parseStored(cut).readers, readers, `${length} bytes`);
    } catch (error) {
      assert.ok(error instanceof StateError, `${length} bytes: ${messageOf(error)}`);
    }
  }
});

test('closing tells a failure as a StateError, also when a save is under way', async (t) => {
  const folder = join(await folderOf(t), 'sub');
  await mkdir(folder);
  const state = await load(join(folder, 'state.json'), 20);
  await rm(folder, { recursive: true });

  const saving = state.save().catch(messageOf);
  const closing = state.close();

  await assert.rejects(closing, StateError);
  assert.match((await saving) as string, /cannot write the state file/);
});

test('saves that overlap write whole files', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const state = await load(path);
  const { sent } = state.sender('r', 's', 'FileSender');

  const saves = Array.from({ length: 20 }, (_, n) => {
    sent.count = n + 1;
    return state.save();
  });
  await Promise.all(saves);

  assert.equal((await read(path)).readers['r']?.senders['s']?.sent.count, 20);
});

test('a reader of the file never sees half of it', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const state = await load(path);
  for (let n = 0; n < 300; n++) state.sender('r', `sender-${n}`, 'FileSender');
  await state.save();
  const over = new AbortController();
  let seen = 0;
  const watch = (async () => {
    for (; !over.signal.aborted; seen++) await read(path);
  })();

  for (let n = 0; n < 30; n++) await state.save();
  over.abort();
  await watch;

  assert.ok(seen > 0);
});
