import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { NotConnectedError, RejectedError, RetryableError } from '../../errors.ts';
import { created, FakeSearchServer, json, stored, type Bulk } from '../../../test/support/fake-search-server.ts';
import { headedBatch, makeSender, messages } from '../../../test/support/search-sender.ts';

const { signal } = new AbortController();

const refuse = (response: ServerResponse): void => {
  const error = { type: 'illegal_argument_exception', reason: 'cannot do hunter2 at all' };
  json(response, 400, { error, status: 400 });
};
/** Refuses every request with such an entry as a whole. */
const pickyAbout =
  (poison: string) =>
  (bulk: Bulk, response: ServerResponse): void => {
    if (bulk.lines.some((line) => line.includes(poison))) refuse(response);
    else stored(bulk, response);
  };
const texts = (count: number, ...poisoned: readonly number[]) =>
  messages(...Array.from({ length: count }, (_, n) => (poisoned.includes(n) ? 'hunter2' : `text ${n}`)));

async function connected(url: string | readonly string[], options: object = {}) {
  const made = await makeSender('elasticsearch', { elasticsearch_url: url, ...options });
  await made.sender.connect(signal);
  return made;
}

function sending(sender: Awaited<ReturnType<typeof connected>>['sender'], batch: ReturnType<typeof messages>) {
  return sender.send(headedBatch(batch), signal).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

for (const { what, count, poisoned } of [
  { what: 'one entry', count: 100, poisoned: [37] },
  { what: 'an entry in each half', count: 100, poisoned: [3, 97] },
  { what: 'the first entries', count: 100, poisoned: [0, 1, 2, 3, 4] },
]) {
  test(`a request that is refused as a whole because of ${what} loses these alone`, async () => {
    await using fake = await FakeSearchServer.start(pickyAbout('hunter2'));
    const { sender } = await connected(fake.url);
    await using _ = sender;
    const ids = new Set<string>();
    const entries = texts(count, ...poisoned);
    let refused: string[] = [];
    let left = entries;
    let sends = 0;

    while (left.length > 0 && sends++ < 20) {
      const error = await sending(sender, left);
      if (error === undefined) break;
      assert.ok(error instanceof RejectedError || error instanceof RetryableError, String(error));
      assert.doesNotMatch(error.message, /hunter2/);
      if (error instanceof RejectedError) {
        refused = [...refused, ...error.rejected.map(({ index }) => left[index]!.cursor)];
        assert.ok(error.rejected.every(({ reason }) => reason.includes('400 illegal_argument_exception')));
        assert.doesNotMatch(JSON.stringify(error.rejected), /hunter2/);
      }
      const { remaining } = error;
      left = left.filter((_, n) => remaining!.includes(n));
    }

    for (const { lines } of fake.bulks.filter(({ lines }) => !lines.some((line) => line.includes('hunter2'))))
      for (const line of lines.filter((_, i) => i % 2 === 0)) ids.add(line);
    assert.deepEqual(
      refused.sort(),
      poisoned.map((n) => `c${n}`),
    );
    assert.equal(ids.size, count - poisoned.length);
    assert.ok(sends <= 3, `${sends} sends`);
  });
}

test('an entry that comes alone and is refused as a whole does not stop the others', async () => {
  await using fake = await FakeSearchServer.start(pickyAbout('hunter2'));
  const { sender } = await connected(fake.url);
  await using _ = sender;
  await sender.send(headedBatch(texts(3)), signal);

  const error = await sending(sender, texts(1, 0));

  assert.ok(error instanceof RejectedError);
  assert.deepEqual([error.rejected.map(({ index }) => index), error.remaining], [[0], []]);
});

for (const { when, before } of [
  { when: 'from the start', before: 0 },
  { when: 'after a while', before: 1 },
]) {
  test(`a server that refuses every request ${when} makes no dead letters, and is not asked for each entry`, async () => {
    await using fake = await FakeSearchServer.start((bulk, response, n) => {
      if (n <= before) stored(bulk, response);
      else refuse(response);
    });
    const { sender } = await connected(fake.url, { in_flight: 1 });
    await using _ = sender;
    for (let n = 0; n < before; n++) await sender.send(headedBatch(texts(3)), signal);

    const error = await sending(sender, texts(1000));

    assert.ok(error instanceof RetryableError, String(error));
    assert.equal(error.remaining!.length, 1000);
    assert.match(error.message, /answered 400 illegal_argument_exception/);
    assert.ok(fake.bulks.length < 40, `${fake.bulks.length} requests`);
  });
}

test('an entry that one of several addresses refuses as a whole goes to another', async () => {
  await using picky = await FakeSearchServer.start(pickyAbout('hunter2'));
  await using easy = await FakeSearchServer.start(stored);
  const { sender } = await connected([picky.url, easy.url]);
  await using _ = sender;
  await sender.send(headedBatch(texts(2)), signal);

  for (let n = 0; n < 4; n++) assert.equal(await sending(sender, texts(1, 0)), undefined);
});

test('requests that are cut off again and again get smaller until they get through', async () => {
  await using fake = await FakeSearchServer.start((bulk, response) => {
    if (bulk.bytes > 50_000) response.destroy();
    else stored(bulk, response);
  });
  const { sender, said } = await connected(fake.url);
  await using _ = sender;
  let left = messages(...Array.from({ length: 100 }, (_, n) => `${n}`.padEnd(2000, 'x')));
  let sends = 0;

  while (left.length > 0 && sends++ < 50) {
    const error = await sending(sender, left);
    if (error === undefined) break;
    assert.ok(error instanceof NotConnectedError, String(error));
    const { remaining } = error;
    left = left.filter((_, n) => remaining!.includes(n));
    await sender.connect(signal);
  }

  assert.ok(sends < 20, `${sends} sends`);
  assert.match(said.join(''), /unanswered again and again/);
});

const reasonless = { create: { status: 400, error: { type: 'illegal_argument_exception', reason: 'no analyzer' } } };
/** Refuses entries with such a text one by one. */
const refusing =
  (isBad: (text: string) => boolean) =>
  ({ lines }: Bulk, response: ServerResponse): void => {
    const items = lines.filter((_, i) => i % 2 === 1).map((line) => (isBad(line) ? reasonless : created));
    json(response, 200, { errors: true, items });
  };

test('an index that refuses every entry for a reason of its own makes no dead letters', async () => {
  let isMended = false;
  await using fake = await FakeSearchServer.start(refusing(() => !isMended));
  const { sender } = await connected(fake.url);
  await using _ = sender;

  const error = await sending(sender, texts(5));
  isMended = true;

  assert.ok(error instanceof RetryableError, String(error));
  assert.equal(error.remaining!.length, 5);
  assert.match(error.message, /index "journalpump-2026-11-20" has taken no entry yet .*400 illegal_argument_exception/);
  assert.equal(await sending(sender, texts(5)), undefined);
});

for (const { when, entries, before } of [
  { when: 'in the same answer', entries: texts(5, 0), before: 0 },
  { when: 'before', entries: texts(1, 0), before: 2 },
]) {
  test(`an entry is refused for a reason of any kind when its index has taken another ${when}`, async () => {
    await using fake = await FakeSearchServer.start(refusing((text) => text.includes('hunter2')));
    const { sender } = await connected(fake.url);
    await using _ = sender;
    if (before > 0) await sender.send(headedBatch(texts(before)), signal);

    const error = await sending(sender, entries);

    assert.ok(error instanceof RejectedError, String(error));
    assert.deepEqual([error.rejected.map(({ index }) => index), error.remaining], [[0], []]);
  });
}

test('an index that takes entries proves nothing for another', async () => {
  await using fake = await FakeSearchServer.start(refusing((text) => text.includes('hunter2')));
  const { sender } = await connected(fake.url, { index: 'of-{UNIT}' });
  await using _ = sender;
  const entries = ['good', 'bad'].map((unit, n) => ({ ...texts(2, 1)[n]!, values: [unit] }));

  const error = await sending(sender, entries);

  assert.ok(error instanceof RetryableError && !(error instanceof RejectedError), String(error));
  assert.deepEqual(error.remaining, [1]);
});
