import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ByteWriter } from '../../transform/byte-writer.ts';
import { createEncryption, Sealer } from '../../transform/seal.ts';
import { decrypt } from './decrypt.ts';

const LINES = Array.from({ length: 10 }, (_, n) => `{"n":${n},"MESSAGE":"Größe"}`);

/** Lines as a sender with this key writes them. */
function sealedLines(key: Buffer, lines: readonly string[] = LINES, keyId = 'k1'): string[] {
  const sealer = new Sealer(createEncryption({ key: key.toString('hex'), key_id: keyId }));
  const out = new ByteWriter();
  return lines.map((line) => {
    out.reset();
    out.write(`${line}\n`);
    sealer.seal(out, 0);
    return out.bytes.toString('latin1', 0, out.length - 1);
  });
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** A folder with a key in a file, and `decrypt` to run there. */
async function makeCase(t: TestContext) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'decrypt-'));
  t.after(() => folder.remove());
  const key = randomBytes(32);
  const keyFile = join(folder.path, 'key');
  await writeFile(keyFile, `${key.toString('base64')}\n`);
  const save = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder.path, name), content);
    return join(folder.path, name);
  };
  const run = async (
    paths: readonly string[],
    {
      keys = [keyFile],
      keepsGoing = false,
      stdin = '',
    }: { keys?: string[]; keepsGoing?: boolean; stdin?: string } = {},
  ) => {
    let [out, err] = ['', ''];
    const write = (bytes: Uint8Array) => Promise.resolve((out += Buffer.from(bytes).toString()) !== '');
    // Small pieces, so that lines lie across their borders.
    const pieces = Array.from({ length: Math.ceil(stdin.length / 7) }, (_, n) =>
      Buffer.from(stdin.slice(n * 7, n * 7 + 7)),
    );
    const code = await decrypt(
      { paths, keys, keepsGoing },
      { stdin: Readable.from(pieces), write, err: { write: (said: string) => (err += said) } },
    );
    return { code, out, err };
  };
  return { key, keyFile, save, run, folder: folder.path };
}

test('gives back lines from files, compressed ones too, the oldest of an output first', async (t) => {
  const { key, save, run } = await makeCase(t);
  const written = sealedLines(key);
  const paths = [
    await save('o.20260101-000000.gz', gzipSync(text(written.slice(0, 3)))),
    await save('o.20260101-000001.zst', zstdCompressSync(text(written.slice(3, 6)))),
    await save('o', text(written.slice(6))),
  ];

  const { code, out, err } = await run(paths.toReversed());

  assert.deepEqual([code, out, err], [0, text(LINES), '']);
});

for (const paths of [[], ['-']]) {
  test(`reads the standard input (${paths.length === 0 ? 'no file named' : '-'}), a last line without newline, too`, async (t) => {
    const { key, run } = await makeCase(t);

    const { code, out } = await run(paths, { stdin: sealedLines(key).join('\n') });

    assert.deepEqual([code, out], [0, text(LINES)]);
  });
}

const flip = (line: string, member: string): string =>
  line.replace(new RegExp(`("${member}":".)(.)`), (_, start: string, c: string) => start + (c === 'A' ? 'B' : 'A'));

for (const [title, change, complaint] of [
  ['a changed ciphertext', (line: string) => flip(line, 'ciphertext'), /this line was changed;/],
  ['a changed tag', (line: string) => flip(line, 'tag'), /this line was changed;/],
  ['a changed key id', (line: string) => line.replace('"k1"', '"k2"'), /this line was changed;/],
  [
    'a changed salt',
    (line: string) => flip(line, 'salt'),
    /was encrypted with another key than the one given, or was changed \(it says key id "k1"\)/,
  ],
  ['a line that is cut off', (line: string) => line.slice(0, -9), /this line is no envelope/],
  ['a line of text', () => 'Nov 21 host x[1]: hello', /this line is no envelope/],
  ['an empty line', () => '', /this line is no envelope/],
  [
    'an envelope of the future',
    (line: string) => line.replace('envelope":1', 'envelope":2'),
    /of a version that is not known here/,
  ],
] as const) {
  test(`${title} is refused with its place, and nothing behind it is given`, async (t) => {
    const { key, save, run } = await makeCase(t);
    const written = sealedLines(key);
    const path = await save('o', text(written.with(4, change(written[4]!))));

    const stopped = await run([path, await save('p', text(written))]);
    const went = await run([path], { keepsGoing: true });

    assert.deepEqual([stopped.code, stopped.out], [1, text(LINES.slice(0, 4))]);
    assert.ok(stopped.err.startsWith(`${path}:5: this line `), stopped.err);
    assert.match(stopped.err, complaint);
    assert.deepEqual([went.code, went.out], [1, text(LINES.toSpliced(4, 1))]);
    assert.equal(went.err.split('\n').length, 2);
  });
}

test('with another key nothing is given', async (t) => {
  const { key, save, run } = await makeCase(t);
  const path = await save('o', text(sealedLines(key)));
  const other = await save('other', randomBytes(32).toString('hex'));

  const { code, out, err } = await run([path], { keys: [other] });

  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /o:1: this line was encrypted with another key/);
});

test('of several keys the one that fits is taken', async (t) => {
  const { key, keyFile, save, run } = await makeCase(t);
  const second = randomBytes(32);
  const path = await save('o', text([...sealedLines(key), ...sealedLines(second, LINES, 'k2')]));
  const secondFile = await save('second', second.toString('hex'));

  const both = await run([path], { keys: [secondFile, keyFile] });
  const one = await run([path]);

  assert.deepEqual([both.code, both.out], [0, text([...LINES, ...LINES])]);
  assert.deepEqual([one.code, one.out], [1, text(LINES)]);
  assert.match(one.err, /o:11: .*key id "k2"/);
});

test('a key may stand in a file, in the environment or in a credential', async (t) => {
  const { key, keyFile, folder, run } = await makeCase(t);
  process.env['DECRYPT_TEST_KEY'] = key.toString('hex');
  process.env['CREDENTIALS_DIRECTORY'] = folder;
  t.after(() => {
    delete process.env['DECRYPT_TEST_KEY'];
    delete process.env['CREDENTIALS_DIRECTORY'];
  });

  for (const where of [keyFile, 'env:DECRYPT_TEST_KEY', 'credential:key', 'key']) {
    const { code, out } = await run([], { keys: [where], stdin: text(sealedLines(key)) });

    assert.deepEqual([code, out], [0, text(LINES)], where);
  }
});

for (const [title, where, message] of [
  ['a file that is not there', '/nowhere/key', /there is no \/nowhere\/key$/],
  ['a variable that is not there', 'env:NOT_THERE_AT_ALL', /the environment has no variable "NOT_THERE_AT_ALL"$/],
  ['the key itself', Buffer.alloc(32, 7).toString('base64'), /not the key itself.*there is no such file$/],
  [
    'a file with something else',
    import.meta.filename,
    /the key must be 32 bytes as base64 or as 64 hexadecimal digits$/,
  ],
  ['a directory', import.meta.dirname, /the key cannot be read/],
] as const) {
  test(`${title} for a key is a wrong command line`, async (t) => {
    const { run } = await makeCase(t);

    await assert.rejects(run([], { keys: [where] }), message);
  });
}

test('members that others have added are no part of an envelope', async (t) => {
  const { key, run } = await makeCase(t);
  const lines = sealedLines(key).map(
    (line) => `{"@timestamp":"2026",${line.slice(1, -1)},"chain":"${'0'.repeat(64)}"}`,
  );

  const { code, out } = await run([], { stdin: text(lines) });

  assert.deepEqual([code, out], [0, text(LINES)]);
});

test('a file that cannot be read or ends too soon is told', async (t) => {
  const { key, save, run } = await makeCase(t);
  const zipped = gzipSync(text(sealedLines(key)));
  const path = await save('o.gz', zipped.subarray(0, zipped.length - 20));

  const cut = await run([path]);
  const missing = await run(['/nowhere/o']);

  assert.equal(cut.code, 1);
  assert.match(cut.err, /o\.gz: cannot be read: /);
  assert.deepEqual([missing.code, missing.out], [1, '']);
  assert.match(missing.err, /\/nowhere\/o: cannot be read: /);
});

test('a line without end takes no memory, and lines behind it are found', async (t) => {
  const { key, keyFile } = await makeCase(t);
  const good = text(sealedLines(key, LINES.slice(0, 1)));
  function* pieces() {
    yield Buffer.from(good);
    for (let n = 0; n < 2000; n++) yield Buffer.alloc(64 * 1024, 0x78);
    yield Buffer.from(`\n${good}`);
  }
  let [out, err] = ['', ''];
  global.gc?.();
  const before = process.memoryUsage().rss;

  const code = await decrypt(
    { paths: [], keys: [keyFile], keepsGoing: true },
    {
      stdin: Readable.from(pieces()),
      write: (bytes) => Promise.resolve((out += Buffer.from(bytes).toString()) !== ''),
      err: { write: (said: string) => (err += said) },
    },
  );

  assert.deepEqual([code, out], [1, text([LINES[0]!, LINES[0]!])]);
  assert.match(err, /^stdin:2: this line is longer than \d+ bytes, and no envelope\n$/);
  assert.ok(process.memoryUsage().rss - before < 150e6);
});

test('ends when nobody reads any more', async (t) => {
  const { key, keyFile, save } = await makeCase(t);
  const path = await save('o', text(sealedLines(key)));

  const code = await decrypt(
    { paths: [path, '/nowhere'], keys: [keyFile], keepsGoing: false },
    { stdin: Readable.from([]), write: () => Promise.resolve(false), err: { write: () => assert.fail() } },
  );

  assert.equal(code, 0);
});
