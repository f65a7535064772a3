import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cursorOf, exportText, type EntrySpec } from '../../test/support/export-stream.ts';
import { generateEntries } from '../../test/support/entries.ts';
import { FakeJournalctl } from '../../test/support/fake-journalctl.ts';
import type { Scenario } from '../../test/support/fake-journalctl/scenario.ts';
import { until } from '../../test/support/until.ts';
import type { Start } from '../journal/arguments.ts';
import { probeJournalctl } from '../journal/probe.ts';
import { createLog } from '../telemetry/log.ts';
import type { Subscriber } from './dealer.ts';
import { Feed } from './feed.ts';
import type { FeedOptions } from './feed-options.ts';
import { Queue } from './queue.ts';
import { Sieve } from './sieve.ts';

/** A feed over a fake journalctl with one queue behind it, and what it told. */
interface Bed {
  readonly feed: Feed;
  readonly fake: FakeJournalctl;
  readonly queue: Queue;
  readonly events: string[];
  /** Numbers (SEQ) of all entries taken from the queue so far. */
  readonly got: number[];
  /** Takes what is in the queue, frees its room and says so to the feed. */
  readonly empty: () => void;
}

interface BedOptions extends Partial<
  Pick<FeedOptions<Subscriber>, 'start' | 'fallbackStart' | 'follow' | 'isolationTimeoutMs' | 'sieve'>
> {
  readonly count?: number;
  readonly maxEntries?: number;
  readonly scenario?: Scenario;
}

async function makeBed(t: TestContext, options: BedOptions): Promise<Bed> {
  const { count = 100, maxEntries = 1e6, scenario } = options;
  const folder = await mkdtempDisposable(join(tmpdir(), 'feed-'));
  await writeFile(join(folder.path, 'system.journal'), ''); // the fake reads elsewhere, but the source looks for files
  const fake = await FakeJournalctl.create(generateEntries({ count }), scenario);
  const queue = new Queue({ maxEntries, maxBytes: 1e9, batchMaxEntries: maxEntries, batchMaxBytes: 1e6 });
  const events: string[] = [];
  const feed = new Feed({
    selection: { journal_flags: [], units_to_match: [], journal_path: folder.path },
    capabilities: await probeJournalctl(fake.path),
    start: options.start ?? { kind: 'head' },
    fallbackStart: options.fallbackStart ?? { kind: 'head' },
    subscribers: [subscriberTo(queue)],
    sieve: options.sieve ?? new Sieve({}),
    isLead: () => true,
    follow: options.follow ?? false,
    startedUs: Number(process.hrtime.bigint() / 1000n),
    isolationTimeoutMs: options.isolationTimeoutMs ?? 5000,
    stallCheckMs: 60_000,
    log: createLog({ write: () => undefined }),
    events: eventsInto(events),
  });
  t.after(async () => {
    await feed.stop();
    await fake[Symbol.asyncDispose]();
    await folder.remove();
  });
  const got: number[] = [];
  return {
    feed,
    fake,
    queue,
    events,
    got,
    empty: () => {
      empty(feed, queue, got);
    },
  };
}

function subscriberTo(queue: Queue): Subscriber {
  return {
    queue,
    encoding: { format: 'journald', extraFields: {}, maxEntryBytes: 1 << 20 },
    level: undefined,
    push: (payloads) => {
      queue.push(payloads, 0);
    },
    tooLarge: () => undefined,
    dropped: () => undefined,
  };
}

function eventsInto(events: string[]): FeedOptions<Subscriber>['events'] {
  return {
    meets: () => undefined,
    stuck: () => undefined,
    skipped: () => undefined,
    lost: () => undefined,
    mayHaveLost: () => undefined,
    stalled: () => undefined,
    fileIgnored: () => undefined,
    displaced: (wanted, found) => events.push(`displaced from ${wanted} to ${found}`),
    ended: () => events.push('ended'),
    failed: ({ message }) => events.push(`failed: ${message}`),
    restarted: () => events.push('restarted'),
    complained: (complaint) => events.push(complaint),
  };
}

function empty(feed: Feed, queue: Queue, got: number[]): void {
  for (let batch = queue.take(Infinity); batch !== undefined; batch = queue.take(Infinity)) {
    const lines = batch.bytes.toString('utf8', 0, batch.ends.at(-1) ?? 0).split('\n');
    got.push(...lines.filter((line) => line !== '').map((line) => Number((JSON.parse(line) as { SEQ: string }).SEQ)));
    queue.release(batch);
  }
  feed.wake();
}

const entriesOf = (count: number): EntrySpec[] => [...generateEntries({ count })];
/** The cursor of the entry with this SEQ among so many. */
const cursorAt = (seq: number, count = 100): string => cursorOf(entriesOf(count)[seq]!, seq + 1);
const cursorStart = (seq: number): Start => ({ kind: 'cursor', cursor: cursorAt(seq) });
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const ended = (events: string[]) =>
  until(() => events.includes('ended'), { what: () => `the end, after ${events.join()}` });

test('deals every entry once, however often journalctl dies and at whatever byte', async (t) => {
  const size = exportText(entriesOf(200)).length;
  // Each run begins again with the entry that was last, so its output must be longer than an entry to get on.
  const runs = Array.from({ length: 4 }, (_, n) => ({
    cutAt: Math.floor((size / 4) * (0.3 + ((n * 37) % 100) / 100)) + n,
    ending: n % 2 === 0 ? { code: 1 } : { signal: 'SIGKILL' as const },
  }));
  const { feed, events, got, empty } = await makeBed(t, { count: 200, scenario: { runs: [...runs, {}] } });

  feed.run();
  await ended(events);
  empty();

  assert.deepEqual(got, numbers(0, 200));
  assert.equal(events.filter((event) => event === 'restarted').length, 4);
  assert.deepEqual(
    events.filter((event) => event.startsWith('displaced')),
    [],
  );
  assert.equal(feed.counts.entries, 200);
  assert.equal(feed.last!.cursor, cursorAt(199, 200));
});

test('passes over garbage between entries', async (t) => {
  const at = exportText(entriesOf(100).slice(0, 50)).length;
  const { feed, events, got, empty } = await makeBed(t, {
    scenario: { runs: [{ garbage: { at, bytes: 'journalctl: oops\n\xff\0=\n' } }] },
  });

  feed.run();
  await ended(events);
  empty();

  assert.deepEqual(got, numbers(0, 100));
  assert.equal(feed.errors.malformed, 1);
});

test('resumes after the entry of the cursor', async (t) => {
  const { feed, events, got, empty } = await makeBed(t, { start: cursorStart(40) });

  feed.run();
  await ended(events);
  empty();

  assert.deepEqual([got, events], [numbers(41, 100), ['ended']]);
});

test('an entry that is not where the cursor leads is not dropped, and the feed says so', async (t) => {
  const { feed, fake, events, got, empty } = await makeBed(t, { start: cursorStart(40) });
  // What the cursor named is gone, and journalctl goes to the nearest entry.
  const all = entriesOf(100);
  await fake.setEntries(exportText(all).subarray(exportText(all.slice(0, 60)).length));

  feed.run();
  await ended(events);
  empty();

  assert.deepEqual(got, numbers(60, 100));
  assert.equal(events[0], `displaced from ${cursorAt(40)} to ${cursorAt(60)}`);
});

test('holds no more than the queue has room for, and goes on when it is emptied', async (t) => {
  const { feed, fake, events, queue, got, empty } = await makeBed(t, {
    count: 500,
    maxEntries: 7,
    isolationTimeoutMs: 60_000, // a busy machine is no destination that is stuck
  });

  feed.run();
  for (let n = 0; got.length < 500; n++) {
    await until(() => queue.entries > 0, { what: `entries after ${got.length}`, everyMs: 1 });
    assert.ok(queue.entries <= 7);
    assert.ok(n < 500);
    empty();
    assert.ok(queue.entries <= 7);
  }
  await ended(events);

  assert.deepEqual(got, numbers(0, 500));
  // One that had ended while nobody read is followed by another, which finds nothing more.
  const runs = (await fake.calls()).filter(({ argv }) => argv.every((each) => !/^--(version|merge)$/.test(each)));
  assert.ok(runs.length <= 2, `${runs.length} runs`);
});

test('stops a journalctl that is held up too long and reads on from where it was', async (t) => {
  const { feed, fake, events, queue, got, empty } = await makeBed(t, {
    count: 2000,
    maxEntries: 100,
    isolationTimeoutMs: 50,
  });
  const runs = async () =>
    (await fake.calls()).filter(({ argv }) => argv.some((each) => each.startsWith('--cursor='))).length;

  feed.run();
  await until(() => feed.isBlocked, { what: 'a full queue' });
  assert.equal(queue.entries, 100);
  const first = (await fake.calls()).at(-1)!.pid;
  await until(() => !isAlive(first), { what: 'the end of the blocked journalctl' });
  assert.equal(await runs(), 0);
  while (got.length < 2000) {
    empty();
    await until(() => queue.entries > 0 || got.length === 2000, { what: 'more entries', everyMs: 1 });
  }
  await ended(events);

  assert.deepEqual(got, numbers(0, 2000));
  assert.ok((await runs()) >= 1);
});

test('entries that are dropped move its place on, without room being taken', async (t) => {
  const sieve = new Sieve({ match: (block, i) => i === -1 || block.realtimeUs(i) === 0 });
  const { feed, events, queue, got, empty } = await makeBed(t, { maxEntries: 1, sieve });

  feed.run();
  await ended(events);
  assert.equal(queue.entries, 0);
  const batch = queue.take(Infinity)!;
  queue.release(batch);
  empty();

  assert.deepEqual(
    [got, batch.last.cursor, feed.last!.cursor, feed.counts.entries],
    [[], cursorAt(99), cursorAt(99), 100],
  );
});

test('begins by its other start when the cursor is not understood', async (t) => {
  const { feed, events, got, empty } = await makeBed(t, {
    start: cursorStart(40),
    fallbackStart: cursorStart(89),
    scenario: { runs: [{ cutAt: 0, stderr: 'Failed to seek to cursor: Invalid argument\n', ending: { code: 1 } }, {}] },
  });

  feed.run();
  await ended(events);
  empty();

  assert.deepEqual(got, numbers(90, 100));
  assert.ok(events.includes('bad-cursor'));
});

test('deals nothing more once it is stopped', async (t) => {
  const { feed, queue, got, empty } = await makeBed(t, { count: 1000, maxEntries: 10, follow: true });
  feed.run();
  await until(() => feed.isBlocked, { what: 'a full queue' });

  await feed.stop();
  empty();
  feed.wake();

  assert.deepEqual(got, numbers(0, 10));
  assert.equal(queue.entries, 0);
});

test('without following it ends at an entry that was logged after its start on this boot', async (t) => {
  const bed = await makeBed(t, { scenario: { runs: [{ ending: 'hang' }] } });
  const { bootId } = await probeJournalctl(bed.fake.path);
  const later = {
    realtimeUs: 1_900_000_000_000_000,
    monotonicUs: Number(process.hrtime.bigint() / 1000n) + 3_600_000_000,
  };
  await bed.fake.setEntries([...entriesOf(50), { ...later, bootId: bootId!, fields: [['SEQ', '50']] }]);

  bed.feed.run();
  await ended(bed.events);
  bed.empty();

  assert.deepEqual(bed.got, numbers(0, 51));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // gone
  }
}
