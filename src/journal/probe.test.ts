import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeJournalctl } from '../../test/support/fake-journalctl.ts';
import { need } from '../../test/support/need.ts';
import { JournalError } from '../errors.ts';
import { probeJournalctl } from './probe.ts';

/** A program that does what the shell script says. */
async function program(script: string) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'probe-'));
  const path = join(folder.path, 'journalctl');
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { path, [Symbol.asyncDispose]: () => folder.remove() };
}

test('the journalctl at hand tells its version, looked up in PATH', async (t) => {
  if (!need(t, 'journalctl')) return;

  const { path, version, bootId } = await probeJournalctl('journalctl');

  assert.match(path, /^\/.*\/journalctl$/);
  assert.ok(version >= 245, String(version));
  const own = await readFile('/proc/sys/kernel/random/boot_id', 'latin1');
  assert.equal(bootId, own.trim().replaceAll('-', ''));
});

for (const refusesMergeWithFollow of [true, false]) {
  test(`--merge is ${refusesMergeWithFollow ? 'not ' : ''}used to follow where it is ${refusesMergeWithFollow ? 'refused' : 'accepted'}`, async () => {
    await using fake = await FakeJournalctl.create([], { refusesMergeWithFollow });

    const { version, canMergeFollow } = await probeJournalctl(fake.path);

    assert.deepEqual({ version, canMergeFollow }, { version: 252, canMergeFollow: !refusesMergeWithFollow });
  });
}

for (const { title, version, number } of [
  { title: 'a development version', version: '258~rc2 (258~rc2-1)', number: 258 },
  { title: 'an old one', version: '245', number: 245 },
]) {
  test(`reads ${title}`, async () => {
    await using fake = await FakeJournalctl.create([], { version });

    assert.equal((await probeJournalctl(fake.path)).version, number);
  });
}

test('a name that is nowhere in PATH is told with the remedy', async () => {
  await assert.rejects(probeJournalctl('no-such-journalctl'), (error) => {
    assert.ok(error instanceof JournalError);
    assert.match(error.message, /^cannot run no-such-journalctl: .*; install systemd or set "journalctl_path"/);
    return true;
  });
});

for (const { title, script, reason } of [
  { title: 'fails', script: 'echo oh no >&2; exit 3', reason: /oh no/ },
  { title: 'fails without a word', script: 'exit 3', reason: /exit code 3/ },
  { title: 'is killed', script: 'kill -9 $$', reason: /cannot run/ },
]) {
  test(`a program that ${title} is no journalctl`, async () => {
    await using other = await program(script);

    await assert.rejects(probeJournalctl(other.path), (error) => {
      assert.ok(error instanceof JournalError);
      assert.match(error.message, reason);
      assert.ok(error.message.startsWith(`cannot run ${other.path}: `), error.message);
      return true;
    });
  });
}

test('a journalctl that waits for entries has not refused to merge', { timeout: 180_000 }, async () => {
  await using waits = await program('case "$*" in --version) echo systemd 252;; *) exec sleep 60;; esac');

  const { version, canMergeFollow } = await probeJournalctl(waits.path);

  assert.deepEqual({ version, canMergeFollow }, { version: 252, canMergeFollow: true });
});
