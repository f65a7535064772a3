import assert from 'node:assert/strict';
import { chmod, mkdtempDisposable, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { textOf } from '../../../test/support/outputs.ts';
import { createLog } from '../../telemetry/log.ts';
import { createFileSender } from './file-sender.ts';

const { signal } = new AbortController();
const common = { fsync: 'batch', fsync_interval: 1, file_mode: '0640', create_directories: false } as const;
const ROTATED = 'o.jsonl.20260101-000000';
const ONE = '{"n":1}\n{"n":2}\n';
const SUFFIX = { none: '', gzip: '.gz', zstd: '.zst' };
type Compress = keyof typeof SUFFIX;

const batch = { bytes: Buffer.from('{"n":3}\n'), ends: Uint32Array.of(8), last: { cursor: 'c', realtimeUs: 0 } };

/** A sender that finds these files, runs to its end and leaves what `names` tells. */
async function runAmong(
  t: TestContext,
  compress: Compress,
  files: Readonly<Record<string, string | Buffer>>,
  prepare?: (rotated: string) => Promise<void>,
) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'compression-'));
  t.after(() => folder.remove());
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder.path, name), content);
  await prepare?.(join(folder.path, ROTATED));
  const log: string[] = [];
  const sender = createFileSender(
    { ...common, file_output: join(folder.path, 'o.jsonl'), rotate: { max_bytes: 1000, compress } },
    { name: 'r.s', log: createLog({ write: (line) => log.push(line) }) },
  );
  await sender.send(batch, signal);
  const mark = sender.mark?.();
  sender.saved?.(mark);
  await sender.finish?.(signal);
  await sender.close();
  sender.saved?.(mark);
  return { folder: folder.path, log, names: (await readdir(folder.path)).sort() };
}

for (const compress of ['gzip', 'zstd', 'none'] as const) {
  for (const { title, left } of [
    { title: 'before the first byte', left: { [ROTATED]: ONE, [`.${ROTATED}.gz.tmp`]: '' } },
    { title: 'in the middle', left: { [ROTATED]: ONE, [`.${ROTATED}.gz.tmp`]: gzipSync(ONE).subarray(0, 20) } },
    {
      title: 'in the middle, by zstd',
      left: { [ROTATED]: ONE, [`.${ROTATED}.zst.tmp`]: zstdCompressSync(Buffer.from(ONE)).subarray(0, 9) },
    },
    { title: 'before the renaming', left: { [ROTATED]: ONE, [`.${ROTATED}.gz.tmp`]: gzipSync(ONE) } },
    { title: 'before the original was removed', left: { [ROTATED]: ONE, [`${ROTATED}.gz`]: gzipSync(ONE) } },
    {
      title: 'before the original was removed, by zstd',
      left: { [ROTATED]: ONE, [`${ROTATED}.zst`]: zstdCompressSync(Buffer.from(ONE)) },
    },
  ]) {
    test(`a compression that was killed ${title} leaves one copy after the next run (compress: ${compress})`, async (t) => {
      const { folder, names, log } = await runAmong(t, compress, left);

      assert.deepEqual(names, ['o.jsonl', ROTATED + SUFFIX[compress]]);
      assert.equal(await textOf(join(folder, ROTATED + SUFFIX[compress])), ONE);
      assert.deepEqual(log, []);
    });
  }
}

test('what was compressed in another way before stays as it is', async (t) => {
  const { folder, names } = await runAmong(t, 'zstd', { [`${ROTATED}.gz`]: gzipSync(ONE) });

  assert.deepEqual(names, ['o.jsonl', `${ROTATED}.gz`]);
  assert.equal(await textOf(join(folder, `${ROTATED}.gz`)), ONE);
});

test('a compressed file has the mode and the time of the one that it stands for', async (t) => {
  const { folder } = await runAmong(t, 'gzip', { [ROTATED]: ONE }, async (path) => {
    await chmod(path, 0o604);
    await utimes(path, 1_000_000_000, 1_100_000_000);
  });

  const { mode, mtimeMs } = await stat(join(folder, `${ROTATED}.gz`));
  assert.deepEqual([mode & 0o777, mtimeMs], [0o604, 1_100_000_000_000]);
});
