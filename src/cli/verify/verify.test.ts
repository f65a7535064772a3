import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { createFileSender } from '../../senders/file/file-sender.ts';
import { createLog } from '../../telemetry/log.ts';
import { verify } from './verify.ts';

const { signal } = new AbortController();

/** A chain of ten lines in a file, and what `verify` says of it. */
async function makeChain(t: TestContext, hash_chain: true | { key: string } = true, ending = '}') {
  const folder = await mkdtempDisposable(join(tmpdir(), 'verify-'));
  t.after(() => folder.remove());
  const path = join(folder.path, 'o.jsonl');
  const common = { fsync: 'never', fsync_interval: 1, file_mode: '0640', create_directories: false } as const;
  const sender = createFileSender(
    { ...common, file_output: path, hash_chain },
    { name: 'r.s', log: createLog({ write: () => undefined }) },
  );
  const lines = Array.from({ length: 10 }, (_, n) => Buffer.from(`{"n":${n}${ending}\n`));
  let end = 0;
  const ends = Uint32Array.from(lines, ({ length }) => (end += length));
  await sender.send({ bytes: Buffer.concat(lines), ends, last: { cursor: 'c', realtimeUs: 0 } }, signal);
  const mark = sender.mark?.();
  await sender.close();
  const run = async (paths: readonly string[] = [path], options: { key?: string; state?: string } = {}) => {
    let said = '';
    const stream = { write: (text: string) => (said += text) };
    const code = await verify({ paths, key: options.key, state: options.state }, { out: stream, err: stream });
    return { code, said };
  };
  const written = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  return { folder: folder.path, path, written, mark, run };
}

/** Writes lines as a file sender with a chain does; returns its mark. */
async function write(path: string, lines: readonly string[]): Promise<unknown> {
  const common = { fsync: 'never', fsync_interval: 1, file_mode: '0640', create_directories: true } as const;
  const sender = createFileSender(
    { ...common, file_output: path, hash_chain: true },
    { name: 'r.s', log: createLog({ write: () => undefined }) },
  );
  let end = 0;
  const ends = Uint32Array.from(lines, (line) => (end += line.length + 1));
  await sender.send({ bytes: Buffer.from(text(lines)), ends, last: { cursor: 'c', realtimeUs: 0 } }, signal);
  const mark = sender.mark?.();
  await sender.close();
  return mark;
}

const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

for (const ending of ['}', '} and no JSON']) {
  test(`a chain that nobody has touched is fine (lines end with ${ending})`, async (t) => {
    const { run } = await makeChain(t, true, ending);

    const { code, said } = await run();

    assert.equal(code, 0, said);
    assert.match(said, /fine: 10 lines in 1 file\n$/);
  });
}

for (const { title, change, complaint } of [
  {
    title: 'a changed line',
    change: (l: string[]) => l.with(4, l[4]!.replace('4', '5')),
    complaint: /:5: .*was changed/,
  },
  {
    title: 'a changed first line',
    change: (l: string[]) => l.with(0, l[0]!.replace('0', '5')),
    complaint: /:1: .*was changed/,
  },
  {
    title: 'a removed line',
    change: (l: string[]) => l.toSpliced(4, 1),
    complaint: /:5: .*a line before it was removed/,
  },
  {
    title: 'a removed first line',
    change: (l: string[]) => l.slice(1),
    complaint: /:1: .*what stood before it was removed/,
  },
  {
    title: 'an inserted line',
    change: (l: string[]) => l.toSpliced(4, 0, '{"n":99}'),
    complaint: /:5: .*was inserted/,
  },
  { title: 'a copied line', change: (l: string[]) => l.toSpliced(4, 0, l[7]!), complaint: /:5: .*was inserted/ },
  { title: 'lines in another order', change: (l: string[]) => l.with(4, l[5]!).with(5, l[4]!), complaint: /:5: / },
]) {
  test(`tells ${title}`, async (t) => {
    const { path, written, run } = await makeChain(t);
    await writeFile(path, text(change(written)));

    const { code, said } = await run();

    assert.equal(code, 1);
    assert.match(said, complaint);
  });
}

test('a line of any length without an end is told at once', async (t) => {
  const { path, run } = await makeChain(t);
  await writeFile(path, Buffer.alloc(64 << 20, 'x'));
  const began = process.cpuUsage();

  const { code, said } = await run();

  assert.equal(code, 1);
  assert.match(said, /:1: this line is cut off: it has no end/);
  assert.ok(process.cpuUsage(began).user < 10e6, 'the time grows with the square of the length');
});

test('a file that has no chain is told as such', async (t) => {
  const { path, run } = await makeChain(t);
  await writeFile(path, 'hello\nworld\n');

  const { code, said } = await run();

  assert.equal(code, 1);
  assert.match(said, /:1: this line has no hash: .* written without "hash_chain"/);
});

test('a missing end is told by the state', async (t) => {
  const { folder, path, written, mark, run } = await makeChain(t);
  const state = join(folder, 'state.json');
  await writeFile(state, JSON.stringify({ readers: { r: { senders: { s: { sent: { mark } } } } } }));
  const whole = await run([path], { state });
  await writeFile(path, text(written.slice(0, 7)));

  const cut = await run([path], { state });

  assert.equal(whole.code, 0, whole.said);
  assert.deepEqual([cut.code, (await run()).code], [1, 0]);
  assert.match(cut.said, /its end is missing/);
});

test('a chain with a key is right with that key only', async (t) => {
  const { folder, run, path } = await makeChain(t, { key: 'secret' });
  await writeFile(join(folder, 'right'), 'secret\n');
  await writeFile(join(folder, 'wrong'), 'other');

  const codes = await Promise.all(
    [{ key: join(folder, 'right') }, { key: join(folder, 'wrong') }, {}].map(
      async (key) => (await run([path], key)).code,
    ),
  );

  assert.deepEqual(codes, [0, 1, 1]);
});

test('a chain goes on through rotated and compressed files, in whatever order they are named', async (t) => {
  const { folder, path, written, run } = await makeChain(t);
  const again = await makeChain(t);
  const previous = (line: string) => `"chain_previous":"${/"chain":"(\w+)"/.exec(line)![1]!}","chain"`;
  const first = (from: number) => written[from]!.replace('"chain"', previous(written[from - 1]!));
  const files = [join(folder, 'o.jsonl.20260101-000000.gz'), join(folder, 'o.jsonl.20260101-000000-2.zst'), path];
  await writeFile(files[0]!, gzipSync(text(written.slice(0, 3))));
  await writeFile(files[1]!, zstdCompressSync(Buffer.from(text([first(3), ...written.slice(4, 8)]))));
  await writeFile(path, text([first(8), written[9]!]));

  const { code, said } = await run(files.toReversed());
  const without = await run([files[0]!, path]);
  const foreign = await run([files[0]!, files[1]!, again.path]);

  assert.equal(code, 0, said);
  assert.match(said, /fine: 10 lines in 3 files/);
  assert.equal(without.code, 1);
  assert.match(without.said, /does not go on where .*000000\.gz ends/);
  assert.equal(foreign.code, 0, 'another output is a chain of its own');
});

for (const [what, texts] of [
  ['text', [`two chain_previous=${'a'.repeat(64)}`, `x chain=${'b'.repeat(64)}`, 'last']],
  ['JSON', [`{"a":1,"chain_previous":"${'a'.repeat(64)}"}`, `{"chain_previous":"${'a'.repeat(64)}"}`, '{}']],
] as const) {
  test(`a message that ends like the first line of a file is no fault, and is one when it was changed (${what})`, async (t) => {
    const { path, run } = await makeChain(t);
    await rm(path);
    await write(path, ['{"first":1}', ...texts]);

    const { code, said } = await run();
    await writeFile(path, (await readFile(path, 'utf8')).replace('aaaa', 'aaab'));
    const changed = await run();

    assert.equal(code, 0, said);
    assert.equal(changed.code, 1);
    assert.match(changed.said, /:2: this line/);
  });
}

test('of outputs with one name in two directories each has its own end', async (t) => {
  const { folder, run } = await makeChain(t);
  const paths = [join(folder, 'a', 'o.jsonl'), join(folder, 'b', 'o.jsonl')];
  const marks = [await write(paths[0]!, ['{"a":1}', '{"a":2}']), await write(paths[1]!, ['{"b":1}', '{"b":2}'])];
  const state = join(folder, 'state.json');
  const senders = Object.fromEntries(marks.map((mark, i) => [`s${i}`, { sent: { mark } }]));
  await writeFile(state, JSON.stringify({ readers: { r: { senders } } }));

  const whole = await run(paths, { state });
  await writeFile(paths[1]!, `${(await readFile(paths[1]!, 'utf8')).split('\n')[0]!}\n`);
  const cut = await run(paths, { state });

  assert.equal(whole.code, 0, whole.said);
  assert.equal(cut.code, 1);
  assert.match(cut.said, /b\/o\.jsonl: its end is missing/);
});

test('a present file that was removed is a missing end', async (t) => {
  const { folder, path, mark, run } = await makeChain(t);
  const rotated = `${path}.20260101-000000`;
  await writeFile(rotated, `${(await readFile(path, 'utf8')).split('\n').slice(0, 5).join('\n')}\n`);
  const state = join(folder, 'state.json');
  await writeFile(state, JSON.stringify({ readers: { r: { senders: { s: { sent: { mark } } } } } }));

  const { code, said } = await run([rotated], { state });

  assert.equal(code, 1);
  assert.match(said, /its end is missing/);
});

test('a file that is named in two ways is looked at once', async (t) => {
  const { path, run } = await makeChain(t);

  const { code, said } = await run([path, relative(process.cwd(), path)]);

  assert.equal(code, 0, said);
  assert.match(said, /10 lines in 1 file\n$/);
});
