import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { SETTINGS } from '../../prepare-process.ts';

const run = promisify(execFile);
const MAX_GROWTH_BYTES = 150e6; // more than 220 MB when each thread of the pool keeps what it needed

/** Compresses batches of all sizes, with other work for the thread pool in between; tells by how much memory grew. */
const compressing = (name: string): string => `
  const { loadCompress } = await import(${JSON.stringify(`${import.meta.dirname}/codecs.ts`)});
  const { stat } = await import('node:fs/promises');
  const compress = await loadCompress('${name}');
  const text = Buffer.from(Array.from({ length: 3e6 }, (_, i) => Math.imul(i, i * 2654435761) >>> 27));
  await compress.bytes(text.subarray(0, 1000));
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 150; i++) {
    await compress.bytes(text.subarray(0, 200_000 + (i * 7919 * 13) % 2_800_000));
    await Promise.all(Array.from({ length: 8 }, () => stat('/')));
  }
  console.log(process.memoryUsage.rss() - before);
`;

for (const name of ['gzip', 'snappy', 'lz4', 'zstd']) {
  test(`${name} takes no memory for each thread of the pool`, { timeout: 300_000 }, async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', compressing(name)], {
      env: { ...process.env, ...SETTINGS },
    });

    assert.ok(Number(stdout) < MAX_GROWTH_BYTES, `${stdout.trim()} bytes more`);
  });
}
