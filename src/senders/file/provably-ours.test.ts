import assert from 'node:assert/strict';
import {
  appendFile,
  copyFile,
  link,
  mkdtempDisposable,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createLog } from '../../telemetry/log.ts';
import type { Batch } from '../sender.ts';
import { createFileSender, type FileSenderOptions } from './file-sender.ts';

const { signal } = new AbortController();
const common = { fsync: 'batch', fsync_interval: 1, file_mode: '0640', create_directories: true } as const;
const MORE = '{"n":3}\n{"n":4}\n';

const kinds: Record<string, { options: Partial<FileSenderOptions> & { file_output: string }; written: string }> = {
  'one file': { options: { file_output: 'o.jsonl' }, written: 'o.jsonl' },
  'one file, chained': { options: { file_output: 'o.jsonl', hash_chain: true }, written: 'o.jsonl' },
  'one file for each value': { options: { file_output: '{KEY}.jsonl' }, written: 'k.jsonl' },
  'one rotated file': {
    options: { file_output: 'o.jsonl', rotate: { max_bytes: 1_000_000, compress: 'gzip' } },
    written: 'o.jsonl',
  },
};

const batchOf = (n: number, head = ''): Batch => {
  const bytes = Buffer.from(`${head}{"n":${n}}\n`);
  return { bytes, ends: Uint32Array.of(bytes.length), last: { cursor: 'c', realtimeUs: 0 } };
};

/** A run that crashed behind its mark: a batch is written that the state knows nothing of. */
async function crash(t: TestContext, kind: string) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'ours-'));
  t.after(() => folder.remove());
  const { options, written } = kinds[kind]!;
  const path = join(folder.path, written);
  const log: string[] = [];
  const start = (mark?: unknown) => {
    const context = { name: 'r.s', log: createLog({ write: (line) => log.push(line) }), mark };
    const sender = createFileSender(
      { ...common, ...options, file_output: join(folder.path, options.file_output) },
      context,
    );
    t.after(() => sender.close());
    return sender;
  };
  const first = start();
  const batch = (n: number) => batchOf(n, kind.includes('value') ? '["c",1,"k"]\n' : '');
  await first.send(batch(1), signal);
  const mark = first.mark?.();
  first.saved?.(mark);
  const known = await readFile(path, 'utf8');
  await first.send(batch(2), signal);
  const restart = async () => {
    await start(mark).send(batch(2), signal);
  };
  return { path, known, log, restart };
}

for (const kind of Object.keys(kinds)) {
  test(`what lies behind the mark is cut off when nobody touched it (${kind})`, async (t) => {
    const { path, known, log, restart } = await crash(t, kind);

    await restart();

    const lines = (await readFile(path, 'utf8')).slice(known.length);
    assert.match(lines, /^\{"n":2\S*\n$/);
    assert.deepEqual(log, []);
  });

  for (const { title, meddle, complaint } of [
    {
      title: 'a copy of it has taken its place',
      meddle: async (path: string) => {
        await copyFile(path, `${path}-copy`);
        await rename(`${path}-copy`, path);
      },
      complaint: /it was moved away or removed/,
    },
    {
      title: 'another file has taken its place',
      meddle: async (path: string) => {
        await rm(path);
        await writeFile(path, MORE + MORE + MORE + MORE);
      },
      complaint: /it was moved away or removed|another file has taken its place/,
    },
    {
      title: 'it was emptied and written anew by others',
      meddle: async (path: string) => {
        await truncate(path);
        await appendFile(path, MORE.repeat(50));
      },
      complaint: /its content is not what it was/,
    },
    {
      title: 'it is shorter',
      meddle: async (path: string) => {
        await truncate(path);
        await appendFile(path, '{}\n');
      },
      complaint: /it is shorter than it was/,
    },
    {
      title: 'a byte before the mark was changed',
      meddle: async (path: string) => {
        const text = await readFile(path, 'utf8');
        await writeFile(path, text.replace('"n":1', '"n":7'));
      },
      complaint: /its content is not what it was/,
    },
    {
      title: 'it has got another name',
      meddle: (path: string) => link(path, `${path}-kept`),
      complaint: /it has another name, too/,
    },
    {
      title: 'a link to another file has taken its place',
      meddle: async (path: string) => {
        await rm(path);
        await writeFile(`${path}-theirs`, MORE.repeat(50));
        await symlink(`${path}-theirs`, path);
      },
      complaint: /it was moved away or removed|symbolic link/,
    },
  ]) {
    test(`nothing is cut off when ${title}, and that is said (${kind})`, async (t) => {
      const { path, log, restart } = await crash(t, kind);
      await meddle(path);
      const before = await readFile(path, 'utf8');

      const failure = await restart().then(
        () => undefined,
        (error: unknown) => String(error),
      );

      assert.ok((await readFile(path, 'utf8')).startsWith(before), 'something was cut off');
      assert.match(log.join('') + (failure ?? ''), complaint);
      assert.match(log.join(''), /is not cut back .* may come twice/);
      if (!title.includes('link')) assert.equal(failure, undefined);
    });
  }
}
