import assert from 'node:assert/strict';
import { appendFile, mkdtempDisposable, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { need } from '../../test/support/need.ts';
import { Tmpfs } from '../../test/support/tmpfs.ts';
import { systemCodeOf } from '../errors.ts';
import { keptPayload, parseDeadLetter, payloadToKeep, type DeadLetter } from './dead-letter.ts';
import { DeadLetterFile } from './dead-letter-file.ts';
import { deadLetterPath } from './dead-letter-path.ts';

async function place(t: TestContext): Promise<string> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'dead-'));
  t.after(() => folder.remove());
  return deadLetterPath(join(folder.path, 'state.json'), 'sys', 'es');
}

function letter(n: number, payload = 'x'): DeadLetter {
  const time = '2026-11-21T10:00:00.000Z';
  return { reader: 'sys', sender: 'es', time, cursor: `c${n}`, reason: 'bad', attempts: 1, payload };
}

async function cursorsIn(file: DeadLetterFile): Promise<string[]> {
  const texts = await Promise.all((await file.segments()).map(({ path }) => readFile(path, 'utf8')));
  const lines = texts.join('').split('\n').slice(0, -1);
  return lines.map((line) => parseDeadLetter(Buffer.from(line))?.cursor ?? line);
}

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

test('keeps letters in a file of its owner alone, in the order they come', async (t) => {
  const path = await place(t);
  const file = new DeadLetterFile(path, 100_000);

  const rotatedOut = [await file.add([letter(1), letter(2)]), await file.add([letter(3)])];

  assert.deepEqual(rotatedOut, [0, 0]);
  assert.deepEqual(await cursorsIn(file), ['c1', 'c2', 'c3']);
  assert.deepEqual([await modeOf(path), await modeOf(dirname(path))], ['600', '700']);
  assert.match(path, /\/dead-letter\/sys\.es\.jsonl$/);
});

test('a file that others may read is closed to them', async (t) => {
  const path = await place(t);
  const file = new DeadLetterFile(path, 100_000);
  await file.add([letter(1)]);
  await writeFile(path, await readFile(path), { mode: 0o644 });

  await file.add([letter(2)]);

  assert.equal(await modeOf(path), '600');
});

test('the oldest make room, are counted, and the size is kept to', async (t) => {
  const path = await place(t);
  const maxBytes = 4096;
  const file = new DeadLetterFile(path, maxBytes);
  let rotatedOut = 0;

  for (let n = 0; n < 200; n += 2) {
    rotatedOut += await file.add([letter(n), letter(n + 1)]);
    const total = (await file.segments()).reduce((sum, { bytes }) => sum + bytes, 0);
    assert.ok(total <= maxBytes, String(total));
  }

  const left = await cursorsIn(file);
  assert.deepEqual(
    left,
    Array.from({ length: left.length }, (_, i) => `c${200 - left.length + i}`),
  );
  assert.equal(rotatedOut, 200 - left.length);
  assert.ok(left.length > 200 / 10, 'more than half of the room is used');
});

test('more letters at once than there is room for: the newest stay', async (t) => {
  const file = new DeadLetterFile(await place(t), 4096);

  const rotatedOut = await file.add(Array.from({ length: 500 }, (_, n) => letter(n)));

  const left = await cursorsIn(file);
  assert.equal(left.at(-1), 'c499');
  assert.equal(left.length + rotatedOut, 500);
});

test('one letter that is larger than the room is kept', async (t) => {
  const file = new DeadLetterFile(await place(t), 4096);
  await file.add([letter(1)]);

  await file.add([letter(2, 'y'.repeat(10_000))]);

  assert.deepEqual(await cursorsIn(file), ['c2']);
});

test('what a crash has left of a line is cut off', async (t) => {
  const path = await place(t);
  const file = new DeadLetterFile(path, 100_000);
  await file.add([letter(1)]);
  await appendFile(path, '{"reader":"sys","sen');

  await file.add([letter(2)]);

  assert.deepEqual(await cursorsIn(file), ['c1', 'c2']);
});

test('a file that is taken away while letters are added may have them, a new one surely does', async (t) => {
  const path = await place(t);
  const file = new DeadLetterFile(path, 10_000_000);
  await file.add([letter(0)]);
  const progress = { isDone: false };
  const adding = (async () => {
    for (let n = 1; n <= 60; n++) await file.add([letter(n)]);
    progress.isDone = true;
  })();

  // Like redrive: only what was there when the file was taken is looked at.
  const seen = new Set<string>();
  for (let n = 0; n < 10 && !progress.isDone; n++) {
    const taken = join(dirname(dirname(path)), `taken${n}`);
    await rename(path, taken).catch((error: unknown) => {
      assert.equal(systemCodeOf(error), 'ENOENT');
    });
    for (const line of (await readFile(taken, 'utf8').catch(() => '')).split('\n').slice(0, -1)) {
      seen.add(parseDeadLetter(Buffer.from(line))?.cursor ?? line);
    }
  }
  await adding;

  for (const cursor of await cursorsIn(file)) seen.add(cursor);
  assert.deepEqual(seen, new Set(Array.from({ length: 61 }, (_, n) => `c${n}`)));
});

test('a full disk refuses a letter as a whole, and takes it when there is room', async (t) => {
  if (!need(t, 'tmpfs')) return;
  await using disk = await Tmpfs.mount(256 * 1024);
  const file = new DeadLetterFile(deadLetterPath(join(disk.path, 'state.json'), 'r', 's'), 10_000_000);
  await file.add([letter(1)]);
  await disk.fill();

  await assert.rejects(file.add([letter(2, 'y'.repeat(20_000))]), (error) => systemCodeOf(error) === 'ENOSPC');

  assert.deepEqual(await cursorsIn(file), ['c1']);
  await disk.free();
  await file.add([letter(3)]);
  assert.deepEqual(await cursorsIn(file), ['c1', 'c3']);
});

for (const [title, payload, kept] of [
  ['a line', Buffer.from('{"a":"ü\\u0000"}\n'), { payload: '{"a":"ü\\u0000"}' }],
  ['a line that is no UTF-8', Buffer.from([0xff, 0x0a]), { payload_base64: '/wo=' }],
  ['no line', Buffer.from('ab'), { payload_base64: 'YWI=' }],
  ['an empty line', Buffer.from('\n'), { payload: '' }],
] as const) {
  test(`a payload that is ${title} comes back byte for byte`, () => {
    assert.deepEqual(payloadToKeep(payload), kept);

    const read = parseDeadLetter(Buffer.from(JSON.stringify({ ...letter(1), payload: undefined, ...kept })));

    assert.ok(keptPayload(read!).equals(payload));
  });
}

for (const line of ['', '{', 'null', '7', '{}', '{"cursor":"c","reason":"r","attempts":1}', '[]']) {
  test(`${JSON.stringify(line)} is no dead letter`, () => {
    assert.equal(parseDeadLetter(Buffer.from(line)), undefined);
  });
}

for (const [reader, sender, name] of [
  ['sys', 'es', 'sys.es'],
  ['a.b', 'c', 'a%2Eb.c'],
  ['a', 'b.c', 'a.b.c'],
  ['mein Tag', 'käse*', 'mein%20Tag.käse%2A'],
  ['a%2Eb', 'c', 'a%252Eb.c'],
] as const) {
  test(`the dead letters of "${reader}" and "${sender}" are in ${name}.jsonl`, () => {
    assert.equal(deadLetterPath('/var/state.json', reader, sender), `/var/dead-letter/${name}.jsonl`);
  });
}

test('long names are shortened, and still no two are the same', () => {
  const paths = ['a', 'b'].map((end) => deadLetterPath('/s', `${'ä'.repeat(127)}${end}`, '語'.repeat(128)));

  assert.notEqual(paths[0], paths[1]);
  for (const path of paths) assert.ok(Buffer.byteLength(path) < 240);
});
