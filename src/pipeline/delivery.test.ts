import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { NotConnectedError, RetryableError } from '../errors.ts';
import type { Batch, Position, Sender } from '../senders/sender.ts';
import { createLog } from '../telemetry/log.ts';
import { Delivery, type DeliveryOptions } from './delivery.ts';
import type { Payloads } from './queue.ts';

/** What a destination does when it is asked to connect or to take a batch. */
type Answer = 'ok' | 'stall' | 'retryable' | 'not connected' | 'bug' | 'no error object' | 'takes it and fails';

let nowMs = 1000;

mock.timers.enable({ apis: ['setTimeout'] });
mock.method(performance, 'now', () => nowMs);

/** Lets time pass, and all that follows from it happen. */
async function pass(ms: number): Promise<void> {
  await turns();
  nowMs += ms;
  mock.timers.tick(ms);
  await turns();
}

/** Lets everything happen that waits for nothing but its turn. */
async function turns(check: () => void = () => undefined): Promise<void> {
  for (let n = 0; n < 40; n++) {
    check();
    await Promise.resolve();
  }
}

/** A destination in this process, which does as it is told and watches that a delivery keeps to the contract. */
class FakeSender implements Sender {
  /** For the next calls; 'ok' when there are no more. */
  answers: Answer[] = [];
  readonly accepted: string[] = [];
  readonly attempts: string[] = [];
  connects = 0;
  closes = 0;
  reopens = 0;
  private isConnected = false;
  private calls = 0;
  private mustRepeat: string | undefined;
  private unstall: () => void = () => undefined;

  async connect(signal: AbortSignal): Promise<void> {
    assert.equal(this.isConnected, false, 'connected twice');
    this.connects++;
    await this.answer(signal, undefined);
    this.isConnected = true;
  }

  async send({ bytes, ends, last }: Batch, signal: AbortSignal): Promise<void> {
    assert.ok(this.isConnected, 'not connected');
    assert.ok(ends.length > 0, 'nothing to send');
    const text = `${bytes.toString('latin1', 0, ends.at(-1))}<${last.cursor}`;
    assert.ok(this.mustRepeat === undefined || this.mustRepeat === text, 'another batch than the one that failed');
    this.mustRepeat = text;
    this.attempts.push(text);
    await this.answer(signal, bytes.toString('latin1', 0, ends.at(-1)));
    assert.equal(`${bytes.toString('latin1', 0, ends.at(-1))}<${last.cursor}`, text, 'the batch changed in flight');
    this.mustRepeat = undefined;
  }

  close(): Promise<void> {
    this.closes++;
    return Promise.resolve();
  }

  reopen(): void {
    this.reopens++;
  }

  goOn(): void {
    this.unstall();
  }

  private async answer(signal: AbortSignal, text: string | undefined): Promise<void> {
    assert.equal(this.calls++, 0, 'two calls at once');
    try {
      const answer = this.answers.shift() ?? 'ok';
      await Promise.resolve();
      if (answer === 'stall') await this.stall(signal);
      if (text !== undefined && (answer === 'ok' || answer === 'stall' || answer === 'takes it and fails'))
        this.accepted.push(text);
      this.fail(answer);
    } finally {
      this.calls--;
    }
  }

  private stall(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(new RetryableError('stopped'));
      };
      this.unstall = resolve;
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
    });
  }

  private fail(answer: Answer): void {
    if (answer === 'retryable' || answer === 'takes it and fails') throw new RetryableError('not now');
    if (answer === 'not connected') this.isConnected = false;
    if (answer === 'not connected') throw new NotConnectedError('gone');
    if (answer === 'bug') this.isConnected = false;
    if (answer === 'bug') throw new TypeError('x is not a function');
    if (answer === 'no error object') this.isConnected = false;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- a library may
    if (answer === 'no error object') throw 'just a text';
  }
}

/** A delivery to a fake sender, with all that it tells. */
function setUp(options: Partial<DeliveryOptions> = {}) {
  const sender = new FakeSender();
  const acknowledged: Position[] = [];
  const lines: string[] = [];
  let drains = 0;
  const delivery = new Delivery({
    name: 's',
    limits: { maxEntries: 1000, maxBytes: 10_000, batchMaxEntries: 5, batchMaxBytes: 60 },
    maxBatchAgeMs: 0,
    log: createLog({ write: (line) => lines.push(line), journalStyle: true }),
    createSender: () => Promise.resolve(sender),
    acknowledged: (position) => acknowledged.push(position),
    drained: () => drains++,
    ...options,
  });
  return { delivery, sender, acknowledged, lines, drains: () => drains };
}

let pushed = 0;

/** Payloads with positions numbered on; '' for dropped entries. */
function payloads(...texts: string[]): Payloads {
  const first = pushed;
  pushed += texts.length;
  let end = 0;
  const ends = Uint32Array.from(texts, (text) => (end += text.length));
  return {
    bytes: Buffer.from(texts.join('')),
    ends,
    count: texts.length,
    positionOf: (i) => ({ cursor: `c${first + i}`, realtimeUs: first + i }),
  };
}

const answers = fc.array(
  fc.constantFrom<Answer>(
    'ok',
    'ok',
    'stall',
    'retryable',
    'not connected',
    'bug',
    'no error object',
    'takes it and fails',
  ),
  { maxLength: 12 },
);
type Step =
  { do: 'push'; kinds: boolean[] } | { do: 'pass'; ms: number } | { do: 'go on' } | { do: 'turns'; count: number };
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      kinds: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 100, 1000, 30_000) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'go on' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.nat(5) }) },
);

/** A delivery that is driven step by step, and looked at behind each. */
class Trial {
  private readonly all: { text: string; position: number }[] = [];
  private readonly bed: ReturnType<typeof setUp>;
  private isStopping = false;

  constructor(script: readonly Answer[], maxBatchAgeMs: number) {
    this.bed = setUp({ maxBatchAgeMs });
    this.bed.sender.answers = [...script];
    this.bed.delivery.start();
  }

  readonly check = (): void => {
    const { delivery, sender, acknowledged } = this.bed;
    const done = acknowledged.at(-1)?.realtimeUs ?? -1;
    const wanted = this.kept(done);
    const got = deduplicated(sender.accepted);
    assert.deepEqual(got.slice(0, wanted.length), wanted, 'acknowledged, but not accepted in order');
    assert.ok(acknowledged.every(({ realtimeUs }, n) => n === 0 || realtimeUs > acknowledged[n - 1]!.realtimeUs));
    if (delivery.isIdle && !this.isStopping)
      assert.equal(done, this.all.at(-1)?.position ?? -1, 'idle, but not all is settled');
  };

  async take(step: Step): Promise<void> {
    if (step.do === 'push') this.push(step.kinds);
    else if (step.do === 'pass') await pass(step.ms);
    else if (step.do === 'go on') this.bed.sender.goOn();
    else for (let n = 0; n < step.count; n++) await Promise.resolve();
    this.check();
  }

  /** From now on the destination takes everything. */
  async drain(): Promise<void> {
    const { delivery, sender } = this.bed;
    sender.answers = [];
    delivery.drain();
    for (let n = 0; n < 30 && !delivery.isIdle; n++) {
      sender.goOn();
      await turns(this.check);
      await pass(30_000);
    }
    assert.ok(delivery.isIdle);
    assert.deepEqual(deduplicated(sender.accepted), this.kept(Infinity));
  }

  async stop(): Promise<void> {
    const { delivery, sender } = this.bed;
    this.isStopping = true;
    const stopping = delivery.stop();
    await turns(this.check);
    await stopping;
    this.check();
    assert.ok(sender.closes <= 1);
    assert.equal(delivery.health.status, 'stopped');
  }

  private push(kinds: readonly boolean[]): void {
    const texts = kinds.map((isKept, n) => (isKept ? `<${pushed + n}>` : ''));
    this.all.push(...texts.map((text, n) => ({ text, position: pushed + n })));
    this.bed.delivery.push(payloads(...texts));
    this.check();
  }

  /** The payloads that were not dropped, up to a position. */
  private kept(last: number): string[] {
    return this.all.filter(({ text, position }) => text !== '' && position <= last).map(({ text }) => text);
  }
}

/** The single payloads, each once: a batch that was taken although its sending failed comes again. */
function deduplicated(batches: readonly string[]): string[] {
  return [...new Set(batches.flatMap((text) => text.match(/<\d+>/g) ?? []))];
}

test('delivers everything in order, acknowledges nothing unsent, one batch at a time, whatever the destination does', async () => {
  await fc.assert(
    fc.asyncProperty(
      answers,
      fc.array(steps, { maxLength: 20 }),
      fc.constantFrom(0, 50),
      fc.boolean(),
      async (script, list, maxBatchAgeMs, stopsEarly) => {
        const trial = new Trial(script, maxBatchAgeMs);

        for (const step of list) await trial.take(step);
        if (!stopsEarly) await trial.drain();
        await trial.stop();
      },
    ),
    { numRuns: 1000 },
  );
});

test('connects before the first entry comes', async () => {
  const { delivery, sender } = setUp();

  delivery.start();
  await turns();

  assert.deepEqual([sender.connects, delivery.health.status], [1, 'connected']);
});

test('is not idle from the push to the acknowledgement, at any moment', async () => {
  const { delivery, acknowledged } = setUp();
  delivery.start();
  await turns();

  delivery.push(payloads('a'));

  let moments = 0;
  for (; acknowledged.length === 0; moments++) {
    assert.equal(delivery.isIdle, false, `after ${moments} turns`);
    await Promise.resolve();
  }
  assert.ok(moments > 2);
  await turns();
  assert.ok(delivery.isIdle);
});

test('sends nothing for dropped entries but acknowledges their position', async () => {
  const { delivery, sender, acknowledged } = setUp({ maxBatchAgeMs: 10_000 });
  delivery.start();

  delivery.push(payloads('', '', ''));
  await turns();

  assert.deepEqual(sender.attempts, []);
  assert.equal(acknowledged.at(-1)!.realtimeUs, pushed - 1);
});

test('gives entries time to come together, and none when it is drained', async () => {
  const { delivery, sender } = setUp({ maxBatchAgeMs: 300 });
  delivery.start();
  await turns();

  delivery.push(payloads('a'));
  await pass(200);
  delivery.push(payloads('b'));
  await pass(99);
  assert.deepEqual(sender.accepted, []);
  await pass(1);
  assert.deepEqual(sender.accepted, ['ab']);
  delivery.push(payloads('c'));
  await turns();
  delivery.drain();
  await turns();
  assert.deepEqual(sender.accepted, ['ab', 'c']);
});

test('tries again after a bounded wait, which is short again after a success', async () => {
  const { delivery, sender } = setUp();
  delivery.start();
  await turns();

  for (let round = 0; round < 2; round++) {
    sender.answers = Array.from({ length: 20 }, () => 'retryable');
    const before = sender.attempts.length;
    delivery.push(payloads('a'));
    await turns();
    assert.equal(sender.attempts.length, before + 1);
    // The first wait is at most 250 ms, each other one at most 30 s.
    await pass(250);
    assert.ok(sender.attempts.length >= before + 2);
    for (let n = sender.attempts.length; n < before + 21; n = sender.attempts.length) {
      await pass(30_000);
      assert.ok(sender.attempts.length > n);
    }
    assert.deepEqual(
      sender.accepted,
      Array.from({ length: round + 1 }, () => 'a'),
    );
  }
  assert.equal(delivery.counts.retries, 40);
});

test('waits at least as long as the destination asks', async () => {
  let sends = 0;
  const sender = new FakeSender();
  sender.send = () =>
    ++sends === 1 ? Promise.reject(new RetryableError('busy', { retryAfterMs: 60_000 })) : Promise.resolve();
  const { delivery, acknowledged } = setUp({ createSender: () => Promise.resolve(sender) });
  delivery.start();
  delivery.push(payloads('a'));

  await pass(59_999);
  assert.equal(sends, 1);
  await pass(1);

  assert.deepEqual([sends, acknowledged.length], [2, 1]);
});

for (const [answer, connects] of [
  ['retryable', 1],
  ['not connected', 2],
  ['bug', 2],
  ['no error object', 2],
] as const) {
  test(`connects ${connects === 1 ? 'only once' : 'again'} when sending ends with: ${answer}`, async () => {
    const { delivery, sender, acknowledged } = setUp();
    sender.answers = ['ok', answer];
    delivery.start();
    delivery.push(payloads('a'));

    await pass(250);

    assert.deepEqual([sender.connects, acknowledged.length, sender.accepted.length], [connects, 1, 1]);
  });
}

test('makes the sender again when that failed, says so and says when it is over', async () => {
  let makes = 0;
  const sender = new FakeSender();
  const { delivery, lines } = setUp({
    createSender: () => (++makes < 3 ? Promise.reject(new Error('no such module')) : Promise.resolve(sender)),
  });
  delivery.start();
  delivery.push(payloads('a'));
  await turns();
  assert.deepEqual(
    [delivery.counts.hasFailedToStart, delivery.health.status, delivery.health.errors],
    [true, 'disconnected', ['no such module']],
  );

  await pass(250);
  await pass(500);

  assert.deepEqual([makes, delivery.health.status, delivery.counts.hasFailedToStart], [3, 'connected', false]);
  assert.deepEqual(delivery.health.errors, []);
  assert.equal(
    lines.filter((line) => line.startsWith('<3>') && line.includes('no such module; trying again')).length,
    1,
  );
  assert.ok(lines.some((line) => line.startsWith('<6>') && line.includes('delivers again')));
});

test('tells a destination that fails every other time in few lines', async () => {
  const { delivery, sender, lines } = setUp();
  sender.answers = Array.from({ length: 41 }, (_, n) => (n % 2 === 0 ? 'ok' : 'retryable'));
  delivery.start();

  for (let n = 0; n < 20; n++) {
    delivery.push(payloads('a'));
    await pass(250);
  }

  assert.deepEqual(sender.answers.length < 5 ? lines.length : 'it was not asked often enough', 2);
});

test('tells a bug of a sender with its stack, an expected error without', async () => {
  const { delivery, sender, lines } = setUp();
  sender.answers = ['ok', 'retryable', 'bug'];
  delivery.start();
  delivery.push(payloads('a'));

  await pass(250);
  await pass(500);

  assert.deepEqual(
    [lines.filter((line) => line.includes(' at ')).length, lines.filter((line) => line.includes('not now')).length],
    [1, 1],
  );
  assert.deepEqual(delivery.counts.exceptions, { TypeError: 1 });
});

test('remembers a few errors: the first of a bad time and the newest', async () => {
  let n = 0;
  const sender = new FakeSender();
  sender.send = () => Promise.reject(new RetryableError(`error ${n++ >> 1}`));
  const { delivery } = setUp({ createSender: () => Promise.resolve(sender) });
  delivery.start();
  delivery.push(payloads('a'));

  while (n < 40) await pass(30_000);

  const { errors } = delivery.health;
  assert.deepEqual([errors.length, errors[0], errors.at(-1)], [8, 'error 0', `error ${(n - 1) >> 1}`]);
});

test('stops in the middle of a stalled batch without acknowledging it', async () => {
  const { delivery, sender, acknowledged, lines } = setUp();
  sender.answers = ['ok', 'stall'];
  delivery.start();
  delivery.push(payloads('a'));
  await turns();

  await delivery.stop();

  assert.deepEqual([lines, delivery.counts.retries, delivery.health.errors], [[], 0, []]);
  assert.deepEqual(
    [sender.attempts.length, acknowledged.length, sender.closes, delivery.health.status],
    [1, 0, 1, 'stopped'],
  );
});

test('stops while it waits for its next attempt, for the sender, for entries, and before it started', async () => {
  const waiting = setUp();
  waiting.sender.answers = ['ok', 'retryable'];
  waiting.delivery.start();
  waiting.delivery.push(payloads('a'));
  const connecting = setUp();
  connecting.sender.answers = ['stall'];
  connecting.delivery.start();
  const idle = setUp({ maxBatchAgeMs: 1e6 });
  idle.delivery.start();
  idle.delivery.push(payloads('a'));
  const unstarted = setUp();
  await turns();

  for (const { delivery, acknowledged } of [waiting, connecting, idle, unstarted]) {
    await delivery.stop();
    assert.equal(acknowledged.length, 0);
    assert.equal(delivery.health.status, 'stopped');
  }
  assert.equal(unstarted.sender.closes, 0);
});

test('acknowledges a batch that was accepted although the stop came before', async () => {
  const { delivery, sender, acknowledged } = setUp();
  let accept: () => void = () => undefined;
  sender.send = () => new Promise<void>((resolve) => (accept = resolve));
  delivery.start();
  delivery.push(payloads('a'));
  await turns();

  const stopping = delivery.stop();
  accept();
  await stopping;

  assert.equal(acknowledged.length, 1);
});

test('frees the room of a batch after its acknowledgement and tells so', async () => {
  const { delivery, acknowledged } = setUp({
    drained: () => seen.push([acknowledged.length, delivery.queue.room, delivery.queue.pending, delivery.isIdle]),
    limits: { maxEntries: 2, maxBytes: 100, batchMaxEntries: 2, batchMaxBytes: 50 },
  });
  const seen: unknown[] = [];
  delivery.start();
  delivery.push(payloads('a', 'b'));
  assert.equal(delivery.queue.room, 0);

  await turns();

  assert.deepEqual(seen, [[1, 2, 0, true]]);
});

test('counts what it has sent', async () => {
  const { delivery } = setUp();
  delivery.start();
  delivery.push(payloads('aa', '', 'b'));
  delivery.push(payloads(''));
  await turns();

  const { sentEntries, sentBytes, batches, lastSentMs } = delivery.counts;
  assert.deepEqual([sentEntries, sentBytes, batches, lastSentMs], [2, 3, 1, nowMs]);
});

test('passes on that files are to be opened anew', async () => {
  const { delivery, sender } = setUp();
  delivery.reopen();
  delivery.start();
  await turns();

  delivery.reopen();

  assert.equal(sender.reopens, 1);
});

test('is not upset by a sender that cannot close', async () => {
  const { delivery, sender, lines } = setUp();
  sender.close = () => Promise.reject(new Error('stuck'));
  delivery.start();
  await turns();

  await delivery.stop();

  assert.ok(lines.some((line) => line.includes('closing failed: stuck')));
});

test('an idle delivery is never silent for long, however quiet the journal', async () => {
  const { delivery } = setUp();
  delivery.start();
  delivery.push(payloads('a'));
  await pass(0);

  await pass(3_600_000);

  assert.equal(delivery.silentMs, 0);
  await delivery.stop();
});

test('a batch in flight that neither arrives nor fails is silence, which ends with it', async () => {
  const { delivery, sender } = setUp();
  delivery.start();
  await pass(0);
  sender.answers = ['stall'];
  delivery.push(payloads('a'));
  await pass(0);

  await pass(400_000);
  const silentMs = delivery.silentMs;
  sender.goOn();
  await pass(0);

  assert.equal(silentMs, 400_000);
  assert.equal(delivery.silentMs, 0);
  await delivery.stop();
});

test('a connection that never comes about is silence as soon as there is something to send', async () => {
  const { delivery, sender } = setUp({ maxBatchAgeMs: 500 });
  sender.answers = ['stall'];
  delivery.start();
  await pass(400_000);
  const before = delivery.silentMs;

  delivery.push(payloads('a'));
  await pass(10_500);

  assert.equal(before, 0);
  assert.equal(delivery.silentMs, 10_000);
  await delivery.stop();
});

test('a destination that is dead for days is no silence: trouble is told, and waits are as they should be', async () => {
  const { delivery, sender } = setUp();
  sender.answers = Array<Answer>(100_000).fill('not connected');
  delivery.start();
  delivery.push(payloads('a'));
  let longestMs = 0;

  for (let n = 0; n < 1000; n++) {
    await pass(60_000);
    longestMs = Math.max(longestMs, delivery.silentMs);
  }

  assert.ok(longestMs <= 60_000, `silent for ${longestMs} ms`);
  await delivery.stop();
});
