import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFile,
  link as linkHard,
  mkdir,
  mkdtempDisposable,
  readdir,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { leashed } from '../../test/support/child.ts';
import { StateError, StateInUseError } from '../errors.ts';
import { createLog } from '../telemetry/log.ts';
import { findHolder, lockState } from './lock.ts';

const lines: string[] = [];
const log = createLog({ write: (line) => lines.push(line) });

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'lock-'));
  t.after(() => folder.remove());
  return folder.path;
}

/** A process of its own that takes the lock, says so (or why not), and holds it until it is ended. */
async function holder(path: string): Promise<{ said: string; kill(): Promise<void>; pid: number }> {
  const script = `
    const { lockState } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.ts'))});
    try {
      globalThis.lock = await lockState(process.argv[1], console);
      console.log('held');
      setInterval(() => {}, 1 << 30);
    } catch (error) {
      console.log(error.name);
    }`;
  const [command, ...args] = leashed(process.execPath, '--input-type=module', '-e', script, path);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const [said] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
  };
  return { said: said.trim(), pid: child.pid!, kill };
}

test('only one process has the lock; the next one learns who, and gets it when that one was killed', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const first = await holder(path);
  t.after(() => first.kill());

  await assert.rejects(lockState(path, log), (error) => {
    assert.ok(error instanceof StateInUseError);
    assert.match(
      error.message,
      new RegExp(`^the state file ${path} is in use by .*, process ${first.pid}: .*Stop that`),
    );
    return error.holder.pid === first.pid;
  });
  assert.equal((await findHolder(path))?.pid, first.pid);
  await first.kill();

  assert.equal(await findHolder(path), undefined);
  const lock = await lockState(path, log);
  assert.equal((await findHolder(path))?.pid, process.pid);
  await lock.release();
});

test('the lock is let go of, and nothing is left in the folder', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder, 'state.json');

  for (let n = 0; n < 3; n++) await (await lockState(path, log)).release();

  assert.deepEqual(await readdir(folder), []);
  assert.equal(await findHolder(path), undefined);
});

test('of many that want the lock of a killed process at once, one gets it', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  await (await holder(path)).kill();

  const takers = await Promise.all(Array.from({ length: 5 }, () => holder(path)));
  t.after(() => Promise.all(takers.map((taker) => taker.kill())));

  assert.deepEqual(takers.map(({ said }) => said).sort(), [...Array<string>(4).fill('StateInUseError'), 'held']);
});

test('whoever waits while the holder ends gets the lock of the file that is there then', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder, 'state.json');

  for (let n = 0; n < 5; n++) {
    const first = await lockState(path, log);
    const waiting = lockState(path, log);
    await first.release();
    const second = await waiting;
    await assert.rejects(lockState(path, log), StateInUseError);
    await second.release();
  }

  assert.deepEqual(await readdir(folder), []);
});

for (const { title, link } of [
  { title: 'a link to the file', link: (folder: string) => symlink('real/state.json', join(folder, 'state.json')) },
  { title: 'a link to its folder', link: (folder: string) => symlink('real', join(folder, 'state.json')) },
]) {
  test(`${title} leads to the same lock`, async (t) => {
    const folder = await folderOf(t);
    await mkdir(join(folder, 'real'));
    await link(folder);
    const other = title.endsWith('folder') ? join(folder, 'state.json/state.json') : join(folder, 'state.json');
    const lock = await lockState(join(folder, 'real/state.json'), log);

    await assert.rejects(lockState(other, log), StateInUseError);

    await lock.release();
    await (await lockState(other, log)).release();
  });
}

test('a state file with another hard link is refused, a copy of it is not', async (t) => {
  const folder = await folderOf(t);
  const [path, other, copy] = ['state.json', 'other.json', 'copy.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(path, '{}');
  await copyFile(path, copy);
  await linkHard(path, other);

  for (const one of [path, other]) {
    await assert.rejects(lockState(one, log), (error) => {
      assert.ok(error instanceof StateError && !(error instanceof StateInUseError));
      return error.message.includes(`${one} is a hard link, one of 2 names of the same file`);
    });
  }
  await (await lockState(copy, log)).release();
  await unlink(other);

  await (await lockState(path, log)).release();
});

test('a lock file that was removed or never told who holds it does not break anything', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const lock = await lockState(path, log);
  await writeFile(`${path}.lock`, '');

  await assert.rejects(lockState(path, log), /in use by another journalbridge, a process: /);
  await unlink(`${path}.lock`);

  await lock.release();
  assert.equal(await findHolder(path), undefined);
});

test('a folder that is not there is told like any other trouble with the state file', async (t) => {
  const path = join(await folderOf(t), 'nowhere/state.json');

  await assert.rejects(lockState(path, log), (error) => {
    assert.ok(error instanceof StateError && !(error instanceof StateInUseError));
    return /cannot write the state file .*: ENOENT.*directory must be there and writable/.test(error.message);
  });
});

test('without flock(1) it says so and goes on', async (t) => {
  const path = join(await folderOf(t), 'state.json');
  const { PATH } = process.env;
  t.after(() => (process.env['PATH'] = PATH));
  process.env['PATH'] = '/nonexistent';
  lines.length = 0;

  const lock = await lockState(path, log);

  assert.match(lines.join(''), /WARN {2}.*state\.json\.lock cannot be locked: flock\(1\) of util-linux cannot be run/);
  await lock.release();
});
