import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { AuthenticationError, BatchRefusedError, NotConnectedError, RejectedError, RetryableError } from '../errors.ts';
import type { Batch, Sender } from '../senders/sender.ts';
import { createLog } from '../telemetry/log.ts';
import { payloadOf } from './batch-part.ts';
import { Breaker } from './breaker.ts';
import { Connection } from './connection.ts';
import { newCounts } from './counts.ts';
import { placeOf, type DeadLetters } from './dead-letters.ts';
import { newHealth } from './health.ts';
import { settle, type Settled } from './settle.ts';

mock.timers.enable({ apis: ['setTimeout'] });

/** What a destination answers: nothing for "accepted", or what to throw. */
type Answer = (payloads: readonly string[]) => Error | undefined;

interface Buried {
  readonly payload: string;
  readonly reason: string;
  readonly attempts: number;
  readonly cursor: string;
}

function setUp(answers: Answer[], faults: readonly Error[] = [], breaker?: Breaker) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const sends: string[][] = [];
  const accepted: string[] = [];
  const buried: Buried[] = [];
  const lines: string[] = [];
  const counts = newCounts();
  const health = newHealth();
  const log = createLog({ write: (line) => lines.push(line), journalStyle: true });
  const diskFaults = [...faults];
  let connects = 0;
  const sender: Sender = {
    connect: () => {
      connects++;
      return Promise.resolve();
    },
    send: async (batch) => {
      const payloads = textsOf(batch);
      sends.push(payloads);
      await Promise.resolve();
      const error = answers.shift()?.(payloads);
      accepted.push(...payloads.filter((_, i) => isTaken(error, i)));
      if (error !== undefined) throw error;
    },
    close: () => Promise.resolve(),
  };
  const deadLetters: DeadLetters = {
    path: '/dead',
    add: (part, rejected) => {
      const fault = diskFaults.shift();
      if (fault !== undefined) return Promise.reject(fault);
      for (const { index, reason } of rejected) {
        const payload = payloadOf(part, index).toString();
        buried.push({ payload, reason, attempts: part.attempts, cursor: placeOf(part, index).cursor });
      }
      return Promise.resolve(0);
    },
  };
  const shared = { log, health, counts, signal };
  const connection = new Connection({ ...shared, createSender: () => Promise.resolve(sender) });
  const run = (batch: Batch) => settle(batch, { ...shared, connection, deadLetters, ...(breaker && { breaker }) });
  return { run, sends, accepted, buried, lines, counts, health, stopping, connects: () => connects };
}

/** Which payloads the destination has taken although it threw. */
function isTaken(error: Error | undefined, i: number): boolean {
  if (error === undefined) return true;
  if (error instanceof RetryableError) return error.remaining !== undefined && !error.remaining.includes(i);
  if (!(error instanceof RejectedError) || error.rejected.length === 0) return false;
  return !error.remaining.includes(i) && !error.rejected.some(({ index }) => index === i);
}

function batchOf(...texts: string[]): Batch {
  let end = 0;
  const ends = Uint32Array.from(texts, (text) => (end += text.length));
  return { bytes: Buffer.from(texts.join('')), ends, last: { cursor: 'last', realtimeUs: 1 } };
}

function textsOf(batch: Batch): string[] {
  return Array.from(batch.ends, (_, i) => payloadOf(batch, i).toString());
}

async function turns(): Promise<void> {
  for (let n = 0; n < 40; n++) await Promise.resolve();
}

/** Lets it run to its end, however long it waits in between; returns how often it did. */
async function finished(work: Promise<Settled | undefined>): Promise<{ settled: Settled | undefined; waits: number }> {
  const progress = { isDone: false };
  let waits = 0;
  void work.finally(() => {
    progress.isDone = true;
  });
  await turns();
  while (!progress.isDone) {
    assert.ok(++waits < 500, 'it comes to no end');
    mock.timers.tick(300_000);
    await turns();
  }
  return { settled: await work, waits };
}

const later = (remaining?: number[]) => () => new RetryableError('later', remaining && { remaining });
const reject = (indices: number[], remaining?: number[]) => () =>
  new RejectedError(
    'refused',
    indices.map((index) => ({ index, reason: `bad ${index}` })),
    remaining && { remaining },
  );
const ok = () => undefined;

for (const { title, answers, sends, accepted, buried, waits } of [
  { title: 'accepted', answers: [ok], sends: ['abcd'], accepted: 'abcd', buried: '', waits: 0 },
  {
    title: 'put off as a whole',
    answers: [later(), ok],
    sends: ['abcd', 'abcd'],
    accepted: 'abcd',
    buried: '',
    waits: 1,
  },
  {
    title: 'taken in part',
    answers: [later([3, 1]), ok],
    sends: ['abcd', 'bd'],
    accepted: 'acbd',
    buried: '',
    waits: 1,
  },
  {
    title: 'taken in part, twice',
    answers: [later([1, 2, 3]), later([0, 2]), ok],
    sends: ['abcd', 'bcd', 'bd'],
    accepted: 'acbd',
    buried: '',
    waits: 2,
  },
  {
    title: 'taken in the end, it said',
    answers: [later([])],
    sends: ['abcd'],
    accepted: 'abcd',
    buried: '',
    waits: 0,
  },
  {
    title: 'rejected in part',
    answers: [reject([1, 3])],
    sends: ['abcd'],
    accepted: 'ac',
    buried: 'b:bad 1:1 d:bad 3:1',
    waits: 0,
  },
  {
    title: 'rejected in part and put off in part',
    answers: [reject([0], [1, 2]), later(), reject([1])],
    sends: ['abcd', 'bc', 'bc'],
    accepted: 'db',
    buried: 'a:bad 0:1 c:bad 1:3',
    waits: 1,
  },
  {
    title: 'rejected as a whole by names',
    answers: [reject([0, 1, 2, 3])],
    sends: ['abcd'],
    accepted: '',
    buried: 'a:bad 0:1 b:bad 1:1 c:bad 2:1 d:bad 3:1',
    waits: 0,
  },
]) {
  test(`a batch is ${title}`, async () => {
    const all = setUp([...answers]);

    const { settled, waits: waited } = await finished(all.run(batchOf('a', 'b', 'c', 'd')));

    const told = all.buried.map(({ payload, reason, attempts }) => `${payload}:${reason}:${attempts}`).join(' ');
    assert.deepEqual(
      [all.sends.map((texts) => texts.join('')), all.accepted.join(''), told, waited],
      [sends, accepted, buried, waits],
    );
    assert.deepEqual(settled, { entries: 4 - all.buried.length, bytes: 4 - all.buried.length });
    assert.deepEqual([all.counts.rejectedEntries, all.counts.deadLetters], [all.buried.length, all.buried.length]);
    assert.deepEqual([all.health.status, all.health.trouble], ['connected', undefined]);
  });
}

test('a batch refused as a whole is halved until the bad payload is alone; the good ones go out in order', async () => {
  const refuse: Answer = (payloads) => (payloads.includes('f') ? new BatchRefusedError('no f here') : undefined);
  const all = setUp(Array.from({ length: 20 }, () => refuse));

  const { settled, waits } = await finished(all.run(batchOf('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j')));

  assert.equal(all.accepted.join(''), 'abcdeghij');
  assert.deepEqual(all.buried, [{ payload: 'f', reason: 'no f here', attempts: 4, cursor: 'last' }]);
  assert.deepEqual(settled, { entries: 9, bytes: 9 });
  assert.ok(all.sends.length <= 9, String(all.sends.length));
  assert.equal(waits, 0);
});

test('while a half is put off nothing behind it is sent', async () => {
  const all = setUp([() => new BatchRefusedError('too large'), later(), later([1]), ok, ok]);

  await finished(all.run(batchOf('a', 'b', 'c', 'd')));

  assert.deepEqual(
    all.sends.map((texts) => texts.join('')),
    ['abcd', 'ab', 'ab', 'b', 'cd'],
  );
});

test('a sender that names payloads which are not there, or none, or one twice has a bug: nothing is dropped', async () => {
  const liars = [later([4]), later([-1]), later([0.5]), reject([]), reject([7]), reject([1], [9]), reject([1], [1])];
  const all = setUp([...liars, ok]);

  await finished(all.run(batchOf('a', 'b')));

  assert.deepEqual([all.sends.length, all.buried, all.counts.exceptions], [8, [], { TypeError: 7 }]);
  assert.equal(all.accepted.slice(-2).join(''), 'ab');
  assert.ok(all.lines.some((line) => line.includes(' at ')));
});

test('a sender that is gone is connected again, one that only wants time is not', async () => {
  const all = setUp([later(), () => new NotConnectedError('gone'), later(), ok]);

  await finished(all.run(batchOf('a')));

  assert.deepEqual([all.sends.length, all.connects()], [4, 2]);
});

test('a destination that does not know us is asked slowly, and more slowly, and somebody is told to act', async () => {
  const unknown = () => new AuthenticationError('the password is wrong');
  const all = setUp([unknown, unknown, unknown, unknown, unknown, unknown, unknown, ok]);
  const work = all.run(batchOf('a'));

  for (let n = 1; n <= 7; n++) {
    await turns();
    mock.timers.tick(29_999);
    await turns();
    assert.equal(all.sends.length, n);
    assert.deepEqual([all.health.trouble?.code, all.health.status], ['AUTHENTICATION', 'disconnected']);
    // 30 s and at most 270 s more
    mock.timers.tick(270_001);
  }
  await finished(work);

  assert.equal(all.accepted.join(''), 'a');
  assert.match(all.lines[0]!, /^<3>.*the password is wrong; somebody must act/);
  assert.equal(all.lines.filter((line) => line.startsWith('<3>')).length, 1);
  assert.deepEqual([all.health.trouble, all.health.errors], [undefined, []]);
  assert.deepEqual(
    all.health.lastErrors.map(({ code, times }) => [code, times]),
    [['AUTHENTICATION', 7]],
  );
});

test('what comes in the middle of the longest wait: a stop, which ends it at once', async () => {
  const all = setUp([() => new AuthenticationError('no')]);
  const work = all.run(batchOf('a'));
  await turns();

  all.stopping.abort();

  assert.equal(await work, undefined);
});

test('as long as dead letters cannot be written nothing more is sent', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
  const all = setUp([reject([0], [1]), ok], [full, full]);
  const work = all.run(batchOf('a', 'b'));
  await turns();
  assert.deepEqual([all.sends.length, all.health.status, all.counts.rejectedEntries], [1, 'disconnected', 0]);
  assert.match(all.lines[0]!, /^<3>cannot write the dead letters \/dead: ENOSPC.*nothing is lost/);

  await finished(work);

  assert.deepEqual([all.accepted, all.buried.length, all.health.status], [['b'], 1, 'connected']);
});

test('a stop while dead letters cannot be written leaves the batch unsettled', async () => {
  const all = setUp([reject([0])], [new Error('disk')]);
  const work = all.run(batchOf('a'));
  await turns();

  all.stopping.abort();

  assert.deepEqual([await work, all.buried], [undefined, []]);
});

test('a refusal is told once, with where it went', async () => {
  const all = setUp([reject([0, 1])]);

  await finished(all.run(batchOf('secret', 'b')));

  assert.equal(all.lines.length, 1);
  assert.match(all.lines[0]!, /^<3>2 entries refused for good \(bad 0\); kept in \/dead, "journalbridge redrive"/);
  assert.equal(all.health.lastRejection?.reason, 'bad 1');
});

test('an entry that names its own cursor is told by that', async () => {
  const all = setUp([reject([0])]);

  await finished(all.run(batchOf('{"__CURSOR":"own"}\n', 'b')));

  assert.equal(all.buried[0]!.cursor, 'own');
});

test('a destination that refuses everything gets one entry at a time, until it takes one', async () => {
  const all = setUp([reject([0, 1]), reject([0]), reject([0])], [], new Breaker(2));

  const { settled, waits } = await finished(
    (async () => {
      await all.run(batchOf('a', 'b'));
      assert.equal(
        all.health.trouble?.message,
        'it refuses everything, and as long as it does it gets one entry at a time (the last one: bad 1)',
      );
      return all.run(batchOf('c', 'd', 'e', 'f', 'g'));
    })(),
  );

  assert.deepEqual(
    all.sends.map((texts) => texts.join('')),
    ['ab', 'c', 'd', 'e', 'fg'],
  );
  assert.equal(all.buried.map(({ payload }) => payload).join(''), 'abcd');
  assert.deepEqual([settled?.entries, waits, all.health.trouble], [3, 3, undefined]);
});

for (const { title, answers } of [
  { title: 'takes some of a batch', answers: [reject([0, 1]), ok] },
  { title: 'takes what is sent again', answers: [reject([0], [1, 2]), later([0]), reject([0])] },
  { title: 'puts off the rest', answers: [reject([0], [1, 2]), ok] },
]) {
  test(`a destination that refuses much but ${title} is not slowed down`, async () => {
    const all = setUp(answers, [], new Breaker(3));

    await finished(all.run(batchOf('a', 'b', 'c')));
    const { waits } = await finished(all.run(batchOf('d', 'e')));

    assert.deepEqual([all.sends.at(-1)?.join(''), waits], ['de', 0]);
  });
}

/** A destination that decides for each payload anew what to do with it, as a seed says. */
function arbitraryAnswer(seed: readonly number[]): Answer {
  let at = 0;
  const next = (below: number): number => (seed[at++ % seed.length]! + at * 7) % below;
  return (payloads) => {
    const kind = next(7);
    const indices = payloads.map((_, i) => i);
    if (kind < 2) return undefined;
    if (kind === 2) return new RetryableError('later');
    if (kind === 3)
      return new RetryableError('rest later', { remaining: indices.filter(() => next(2) === 0).reverse() });
    if (kind === 4) return new BatchRefusedError('as a whole');
    if (kind === 5) return next(2) === 0 ? new NotConnectedError('gone') : new TypeError('bug');
    const fates = indices.map(() => next(3));
    const rejected = indices.filter((i) => fates[i] === 0).map((index) => ({ index, reason: 'bad' }));
    return new RejectedError('bad', rejected, { remaining: indices.filter((i) => fates[i] === 1) });
  };
}

test('whatever the destination answers, each payload is accepted or a dead letter, and first sent in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(1000), { minLength: 1, maxLength: 12 }), { maxLength: 25 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.constant(new Error('disk')), { maxLength: 3 }),
      async (seeds, count, faults) => {
        const texts = Array.from({ length: count }, (_, n) => `<${'x'.repeat(n % 5)}${n}>\n`);
        const all = setUp(seeds.map(arbitraryAnswer), faults);

        const { settled } = await finished(all.run(batchOf(...texts)));

        const isDead = new Set(all.buried.map(({ payload }) => payload));
        for (const text of texts) assert.ok(all.accepted.includes(text) !== isDead.has(text), text);
        assert.equal(all.buried.length, isDead.size);
        assert.equal(settled?.entries, count - isDead.size);
        assert.equal(settled.bytes, texts.filter((text) => !isDead.has(text)).join('').length);
        assert.equal(all.counts.deadLetters, isDead.size);
        for (const sent of all.sends)
          assert.deepEqual(
            sent,
            [...sent].sort((a, b) => texts.indexOf(a) - texts.indexOf(b)),
          );
        assert.equal(new Set(all.accepted).size, all.accepted.length, 'nothing was sent again without need');
      },
    ),
    { numRuns: 500 },
  );
});
