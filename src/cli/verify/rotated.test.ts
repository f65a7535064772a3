import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempDisposable, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { textOf } from '../../../test/support/outputs.ts';
import { createFileSender } from '../../senders/file/file-sender.ts';
import { createLog } from '../../telemetry/log.ts';

const { signal } = new AbortController();
const execute = promisify(execFile);
const main = join(import.meta.dirname, '../../main.ts');
const SUFFIX = { gzip: '.gz', zstd: '.zst' } as const;
const LINES_EACH = 20;

/** A chain through four rotated, compressed files and the present one, and what `journalbridge verify` says of it. */
async function makeChain(t: TestContext, compress: 'gzip' | 'zstd', hash_chain: true | { key: string } = true) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'rotated-'));
  t.after(() => folder.remove());
  const sender = createFileSender(
    {
      ...{ fsync: 'never', fsync_interval: 1, file_mode: '0640', create_directories: false },
      file_output: join(folder.path, 'o.jsonl'),
      rotate: { interval: 1000, compress, max_bytes: LINES_EACH * 130 },
      hash_chain,
    },
    { name: 'r.s', log: createLog({ write: () => undefined }) },
  );
  const lines = Array.from({ length: 5 * (LINES_EACH - 2) }, (_, n) =>
    Buffer.from(`{"n":${1e9 + n},"m":"${'x'.repeat(20)}"}\n`),
  );
  let end = 0;
  const ends = Uint32Array.from(lines, ({ length }) => (end += length));
  await sender.send({ bytes: Buffer.concat(lines), ends, last: { cursor: 'c', realtimeUs: 0 } }, signal);
  sender.saved?.(sender.mark?.());
  await sender.finish?.(signal);
  await sender.close();
  sender.saved?.(sender.mark?.());
  const names = (await readdir(folder.path)).filter((name) => name.startsWith('o.'));
  const rotated = names.filter((name) => name.endsWith(SUFFIX[compress])).sort((a, b) => counterOf(a) - counterOf(b));
  assert.ok(rotated.length >= 3, names.join());
  const paths = [...rotated, 'o.jsonl'].map((name) => join(folder.path, name));
  const run = async (files: readonly string[] = paths, ...options: string[]) => {
    const args = [main, 'verify', ...options, ...files];
    return execute(process.execPath, args).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );
  };
  return { folder: folder.path, paths, run };
}

const counterOf = (name: string): number => Number(/-\d{6}-(\d+)/.exec(name)?.[1] ?? 0);
const packed = (path: string, text: string) =>
  path.endsWith('.gz') ? gzipSync(text) : zstdCompressSync(Buffer.from(text));

/** Changes the lines in a compressed file. */
async function rewrite(path: string, change: (lines: string[]) => string[]): Promise<void> {
  const lines = (await textOf(path)).split('\n').slice(0, -1);
  await writeFile(
    path,
    packed(
      path,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    ),
  );
}

for (const compress of ['gzip', 'zstd'] as const) {
  test(`a chain through rotated files is fine (${compress}), also while one of them is being compressed`, async (t) => {
    const { paths, run } = await makeChain(t, compress);
    const whole = await run();
    const original = paths[1]!.slice(0, -SUFFIX[compress].length);
    await writeFile(original, await textOf(paths[1]!));

    const during = await run([...paths, original]);

    assert.equal(whole.code, 0, whole.stderr);
    assert.match(whole.stdout, /: fine: 90 lines in \d files\n$/);
    assert.deepEqual(during.code, 0, during.stderr);
    assert.match(during.stdout, /: fine: 90 lines/);
  });

  for (const { title, meddle, complaint } of [
    {
      title: 'a compressed file with a flipped byte in its middle',
      meddle: async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length >> 1]! ^= 0x5a;
        await writeFile(path, bytes);
      },
      complaint:
        /:\d+: this line (cannot be read: the compressed data are damaged here|was changed|has no hash|begins)/,
    },
    {
      title: 'a compressed file that is cut off',
      meddle: async (path: string) => {
        const bytes = await readFile(path);
        await writeFile(path, bytes.subarray(0, bytes.length * 0.7));
      },
      complaint: /:\d+: this line cannot be read: the compressed data are damaged here, or end too early \(/,
    },
    {
      title: 'a compressed file of another sort',
      meddle: (path: string) => writeFile(path, 'hello\n'),
      complaint: /:1: this line cannot be read: the compressed data are damaged/,
    },
    {
      title: 'a file that is empty now',
      meddle: (path: string) => writeFile(path, ''),
      complaint: /:1: (this line cannot be read|does not go on where .* ends)/,
    },
    {
      title: 'lines in another order',
      meddle: (path: string) => rewrite(path, (l) => l.with(4, l[5]!).with(5, l[4]!)),
      complaint: /:5: this line was (changed|inserted)/,
    },
    {
      title: 'a line put in',
      meddle: (path: string) => rewrite(path, (l) => l.toSpliced(7, 0, '{"n":99}')),
      complaint: /:8: this line was inserted\n/,
    },
    {
      title: 'a line taken out',
      meddle: (path: string) => rewrite(path, (l) => l.toSpliced(7, 1)),
      complaint: /:8: this line was changed, or a line before it was removed\n/,
    },
    {
      title: 'the last line of a rotated file taken out',
      meddle: (path: string) => rewrite(path, (l) => l.slice(0, -1)),
      complaint: /:1: does not go on where .* ends: lines before it, or whole files, were removed or added\n/,
    },
  ]) {
    test(`tells ${title} (${compress}) in a sentence with file and line`, async (t) => {
      const { paths, run } = await makeChain(t, compress);
      await meddle(paths[1]!);

      const { code, stderr } = await run();

      assert.equal(code, 1, stderr);
      assert.match(stderr, complaint);
      assert.match(
        stderr,
        new RegExp(`^${title.includes('last line') || !stderr.startsWith(paths[1]!) ? paths[2]! : paths[1]!}:`),
      );
      assert.equal(stderr.split('\n').length, 2, stderr);
    });
  }

  test(`tells a rotated file that is missing (${compress})`, async (t) => {
    const { paths, run } = await makeChain(t, compress);
    await rm(paths[1]!);

    const { code, stderr } = await run(paths.toSpliced(1, 1));
    const named = await run();

    assert.equal(code, 1);
    assert.ok(stderr.startsWith(`${paths[2]!}:1: does not go on where ${paths[0]!} ends: `), stderr);
    assert.equal(named.code, 1);
    assert.match(named.stderr, /cannot be read: there is no such file/);
  });
}

for (const { title, key } of [
  { title: 'another key', key: 'other' },
  { title: 'no key', key: undefined },
]) {
  test(`with ${title} than that of the chain it says that the key may be wrong`, async (t) => {
    const { folder, paths, run } = await makeChain(t, 'gzip', { key: 'right' });
    await writeFile(join(folder, 'right'), 'right');
    await writeFile(join(folder, 'key'), key ?? '');

    const right = await run(paths, '--key', join(folder, 'right'));
    const wrong = await run(paths, ...(key === undefined ? [] : ['--key', join(folder, 'key')]));

    assert.equal(right.code, 0, right.stderr);
    assert.equal(wrong.code, 1);
    assert.equal(
      wrong.stderr,
      `${paths[0]!}:1: this line was changed, or the chain was made with another key than that of "--key"\n`,
    );
  });
}
