import assert from 'node:assert/strict';
import { appendFile, mkdtempDisposable, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { AuthenticationError, BatchRefusedError, RejectedError, RetryableError } from '../errors.ts';
import { readHead } from '../senders/heads.ts';
import type { Batch, Sender } from '../senders/sender.ts';
import { parseDeadLetter, type DeadLetter } from '../state/dead-letter.ts';
import { DeadLetterFile } from '../state/dead-letter-file.ts';
import { createLog } from '../telemetry/log.ts';
import { payloadOf } from './batch-part.ts';
import { redrive, type RedriveOptions } from './redrive.ts';

const letter = (n: number, more: Partial<DeadLetter> = {}): DeadLetter => ({
  reader: 'sys',
  sender: 'es',
  time: '2026-11-21T10:00:00.000Z',
  cursor: `c${n}`,
  reason: 'too long',
  attempts: 1,
  payload: `{"N":${n}}`,
  ...more,
});

/** A place for dead letters, and a destination that does as it is told. */
async function setUp(t: TestContext, letters: readonly DeadLetter[], maxBytes = 1e6) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'redrive-'));
  t.after(() => folder.remove());
  const file = new DeadLetterFile(join(folder.path, 'dead-letter', 'sys.es.jsonl'), maxBytes);
  await file.add(letters);
  const accepted: string[] = [];
  const run = (answer: (payloads: string[], batch: Batch) => unknown, more: Partial<RedriveOptions> = {}) => {
    const sender: Sender = {
      connect: () => Promise.resolve(),
      send: async (batch) => {
        const payloads = Array.from(batch.ends, (_, i) => payloadOf(batch, i).toString());
        await answer(payloads, batch);
        accepted.push(...payloads);
      },
      close: () => Promise.resolve(),
    };
    return redrive({
      file,
      head: undefined,
      limits: { batchMaxEntries: 4, batchMaxBytes: 10_000 },
      log: createLog({ write: () => undefined }),
      stop: new AbortController().signal,
      patienceMs: 20_000,
      createSender: () => Promise.resolve(sender),
      ...more,
    });
  };
  return { file, accepted, run };
}

async function lettersIn(file: DeadLetterFile): Promise<DeadLetter[]> {
  const texts = await Promise.all((await file.segments()).map(({ path }) => readFile(path, 'utf8')));
  const lines = texts.join('').split('\n').slice(0, -1);
  return lines.map((line) => parseDeadLetter(Buffer.from(line))!);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const lettersUpTo = (count: number): DeadLetter[] => numbers(count).map((n) => letter(n));

test('what is accepted leaves the file, and the file leaves with the last', async (t) => {
  const { file, accepted, run } = await setUp(t, lettersUpTo(10));

  const { accepted: count, unsent, refused } = await run(() => undefined);

  assert.deepEqual([count, unsent, refused.size], [10, 0, 0]);
  assert.deepEqual(
    accepted,
    numbers(10).map((n) => `{"N":${n}}\n`),
  );
  assert.deepEqual(await readdir(dirname(file.path)), []);
});

test('what is refused again stays where it was, with one attempt more and the new reason', async (t) => {
  const { file, accepted, run } = await setUp(t, lettersUpTo(9));

  const { accepted: count, refused } = await run((payloads) => {
    if (payloads.some((payload) => /[37]/.test(payload))) throw new BatchRefusedError('unlucky');
  });

  assert.deepEqual([count, [...refused]], [7, [['unlucky', 2]]]);
  assert.equal(accepted.length, 7);
  const left = await lettersIn(file);
  assert.deepEqual(
    left.map(({ cursor, attempts, reason, payload }) => [cursor, attempts, reason, payload]),
    [
      ['c3', 2, 'unlucky', '{"N":3}'],
      ['c7', 2, 'unlucky', '{"N":7}'],
    ],
  );
  assert.ok(left.every(({ time }) => time > '2026-11-21T10:00:00.000Z' || Date.parse(time) > 0));
  assert.deepEqual(await readdir(dirname(file.path)), ['sys.es.jsonl']);
});

test('when it is stopped the rest stays as it is', async (t) => {
  const { file, run } = await setUp(t, lettersUpTo(10));
  const stopping = new AbortController();
  let sends = 0;

  const { accepted, unsent } = await run(
    () => {
      if (++sends < 2) return;
      stopping.abort();
      throw new RetryableError('aborted');
    },
    { stop: stopping.signal },
  );

  assert.deepEqual([accepted, unsent], [4, 6]);
  assert.deepEqual(await lettersIn(file), lettersUpTo(10).slice(4));
});

test('a stop behind a refusal keeps neither twice', async (t) => {
  const { file, run } = await setUp(t, lettersUpTo(4));
  const stopping = new AbortController();

  const { unsent } = await run(
    (payloads) => {
      if (payloads.length === 4) throw new RejectedError('no', [{ index: 1, reason: 'no' }], { remaining: [2, 3] });
      stopping.abort();
      throw new RetryableError('aborted');
    },
    { stop: stopping.signal },
  );

  assert.equal(unsent, 3);
  const cursors = (await lettersIn(file)).map(({ cursor }) => cursor);
  assert.deepEqual(cursors.sort(), ['c0', 'c1', 'c2', 'c3']);
});

for (const [title, error, patienceMs] of [
  ['that is down for too long', new RetryableError('down'), 50],
  ['that does not know us, at once', new AuthenticationError('who are you?'), 60_000],
] as const) {
  test(`gives up on a destination ${title}`, { timeout: 180_000 }, async (t) => {
    const { file, run } = await setUp(t, lettersUpTo(3));

    const { unsent, trouble } = await run(
      () => {
        throw error;
      },
      { patienceMs },
    );

    assert.deepEqual([unsent, trouble?.message ?? error.message], [3, error.message]);
    assert.deepEqual(await lettersIn(file), lettersUpTo(3));
  });
}

test('older files are sent, too, the oldest first', async (t) => {
  const { file, accepted, run } = await setUp(t, lettersUpTo(60), 20_000);
  assert.ok((await file.segments()).length > 1);

  await run(() => undefined);

  assert.deepEqual(
    accepted,
    numbers(60).map((n) => `{"N":${n}}\n`),
  );
});

test('letters that a daemon adds meanwhile are not touched', async (t) => {
  const { file, run } = await setUp(t, lettersUpTo(3));

  await run(async () => {
    await file.add([letter(100)]);
    throw new RejectedError('no', [{ index: 0, reason: 'no' }]);
  });

  const cursors = (await lettersIn(file)).map(({ cursor }) => cursor);
  assert.deepEqual(cursors, ['c0', 'c100']);
});

test('an older file that a daemon removes meanwhile to make room is passed over', async (t) => {
  const { file, accepted, run } = await setUp(t, lettersUpTo(100), 20_000);
  const [, second] = await file.segments();
  const lost = (await readFile(second!.path, 'utf8')).split('\n').length - 1;

  const { accepted: count, unsent } = await run(() => rm(second!.path, { force: true }));

  assert.deepEqual([count, unsent, accepted.length], [100 - lost, 0, 100 - lost]);
  assert.deepEqual(await readdir(dirname(file.path)), []);
});

test('a file that a daemon begins right after the old one was taken away is left to it', async (t) => {
  const { file, accepted, run } = await setUp(t, lettersUpTo(3));
  const roll = file.roll.bind(file);
  file.roll = async () => {
    const rolled = await roll();
    await file.add([letter(100)]);
    return rolled;
  };

  await run(async (payloads) => {
    if (payloads.includes('{"N":100}\n')) await file.add([letter(101)]);
  });

  const cursors = (await lettersIn(file)).map(({ cursor }) => cursor);
  assert.equal(accepted.length, 3);
  assert.deepEqual(cursors, ['c100']);
});

test('a redrive that was killed is made good by the next', async (t) => {
  const { file, accepted, run } = await setUp(t, lettersUpTo(3));
  const rolled = await file.roll();
  await appendFile(`${rolled!}.left`, 'half a line');
  await file.add([letter(3)]);

  await run(() => undefined);

  assert.equal(accepted.length, 4);
  assert.deepEqual(await readdir(dirname(file.path)), []);
});

test('lines that are no letters stay', async (t) => {
  const { file, run } = await setUp(t, lettersUpTo(2));
  await appendFile(file.path, 'note to myself\n');

  const { accepted, unreadable } = await run(() => undefined);

  assert.deepEqual([accepted, unreadable], [2, 1]);
  assert.equal(await readFile(file.path, 'utf8'), 'note to myself\n');
});

test('bytes that are no text, and heads, come as they were; a field that was not asked for then comes from the entry', async (t) => {
  const cursor = 's=0;i=1';
  const { run } = await setUp(t, [
    letter(0, { cursor, realtime_us: 7, fields: { UNIT: 'a', GONE: null }, payload: '{"_PID":5}' }),
    letter(1, { realtime_us: 8, fields: { UNIT: null }, payload: undefined as never, payload_base64: '/wo=' }),
  ]);
  const heads: unknown[] = [];

  await run(
    (_, batch) => {
      for (const i of [0, 1]) {
        const { start, end, ...head } = readHead(batch, i);
        heads.push([head.cursor, head.realtimeUs, ...head.values, batch.bytes.toString('hex', start, end)]);
      }
    },
    { head: ['UNIT', 'PID'] },
  );

  assert.deepEqual(heads, [
    [cursor, 7, 'a', '5', Buffer.from('{"_PID":5}\n').toString('hex')],
    ['c1', 8, null, null, 'ff0a'],
  ]);
});
