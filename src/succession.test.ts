import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../test/support/until.ts';
import { JournalError } from './errors.ts';
import type { Reader } from './pipeline/reader.ts';
import { Succession } from './succession.ts';
import { createLog } from './telemetry/log.ts';

/** What a reader's life looks like from outside, each step with the reader's name. */
class Story {
  readonly steps: string[] = [];
  /** Each time so many readers are there at once. */
  alive = 0;

  /** A reader that does nothing; `failures` starts of it fail, and its stop waits for `gate`. */
  heir(name: string, { failures = 0, gate = Promise.resolve(), status = 'connected', queued = 0 } = {}) {
    let left = failures;
    const make = (): Reader => {
      const fake = {
        name,
        start: async () => {
          await Promise.resolve();
          if (left-- > 0) {
            this.steps.push(`${name} fails`);
            throw new JournalError('there is no journalctl');
          }
          assert.equal(++this.alive, 1, `${name} begins while another one is there`);
          this.steps.push(`${name} begins`);
        },
        stopReading: () => Promise.resolve(),
        drain: (signal: AbortSignal) =>
          new Promise<void>((resolve) => {
            if (queued === 0 || signal.aborted) resolve();
            else
              signal.addEventListener('abort', () => {
                resolve();
              });
          }),
        stop: async () => {
          await gate;
          if (left < 0 || failures === 0) {
            this.alive--;
            this.steps.push(`${name} ends`);
          }
        },
        describe: () => undefined,
        stats: () => ({ senders: [{ queueEntries: queued, status }] }),
      };
      return fake as unknown as Reader;
    };
    return { make, after: [] as Succession[] };
  }
}

const lines: string[] = [];
const log = createLog({ write: (line) => lines.push(line) });

function successionOf(patienceMs = 10_000): { succession: Succession; story: Story; ended: string[] } {
  const ended: string[] = [];
  const drained = () => Promise.resolve();
  const options = {
    name: 'r',
    log,
    patienceMs: () => patienceMs,
    drained,
    ended: ({ name }: Reader) => ended.push(name),
  };
  return { succession: new Succession(options), story: new Story(), ended };
}

test('the next one begins when the one before has ended', async () => {
  const { succession, story, ended } = successionOf();

  await succession.replace(story.heir('a'));
  await succession.replace(story.heir('b'));
  await succession.replace(undefined);

  assert.deepEqual(story.steps, ['a begins', 'a ends', 'b begins', 'b ends']);
  assert.deepEqual(ended, ['a', 'b']);
  assert.equal(succession.reader, undefined);
});

test('of several that are wanted meanwhile, only the last one begins', async () => {
  const { succession, story } = successionOf();
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  await succession.replace(story.heir('a', { gate }));

  const all = ['b', 'c', 'd'].map((name) => succession.replace(story.heir(name)));
  open();
  await Promise.all(all);

  assert.deepEqual(story.steps, ['a begins', 'a ends', 'd begins']);
});

test('one that hangs keeps the next one from beginning, and nobody else', async () => {
  const { succession, story } = successionOf(20);
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  await succession.replace(story.heir('hangs', { gate }));
  const { succession: neighbour } = successionOf();

  const replaced = succession.replace(story.heir('next'));
  await neighbour.replace(new Story().heir('x'));
  assert.deepEqual(story.steps, ['hangs begins']);
  open();
  await replaced;

  assert.deepEqual(story.steps, ['hangs begins', 'hangs ends', 'next begins']);
});

for (const { title, queue } of [
  { title: 'nobody takes it', queue: { queued: 5, status: 'disconnected' } },
  { title: 'nothing is left', queue: { queued: 0, status: 'connected' } },
]) {
  test(`it does not wait for what is queued when ${title}`, { timeout: 30_000 }, async () => {
    const { succession, story } = successionOf(60_000);
    await succession.replace(story.heir('a', queue));

    await succession.replace(story.heir('b'));

    assert.deepEqual(story.steps, ['a begins', 'a ends', 'b begins']);
  });
}

test('it waits for what is queued no longer than its patience lasts', async () => {
  const { succession, story } = successionOf(100);
  await succession.replace(story.heir('a', { queued: 5 }));
  const began = performance.now();

  await succession.replace(story.heir('b'));

  assert.ok(performance.now() - began >= 95);
  assert.deepEqual(story.steps, ['a begins', 'a ends', 'b begins']);
});

test('one that cannot be started is told and tried again', async () => {
  const { succession, story } = successionOf();
  lines.length = 0;

  await succession.replace(story.heir('a', { failures: 2 }));

  assert.deepEqual(story.steps, ['a fails', 'a fails', 'a begins']);
  assert.match(lines.join(''), /ERROR cannot be started: there is no journalctl; trying again/);
});

test('a better one does not wait for the next attempt of one that cannot be started', { timeout: 30_000 }, async () => {
  const { succession, story } = successionOf();
  const vain = succession.replace(story.heir('a', { failures: Infinity }));
  await until(() => story.steps.length > 3, { what: 'a few attempts' });

  await succession.replace(story.heir('b'));
  await vain;

  assert.equal(story.steps.at(-1), 'b begins');
});

test('a fault while one ends does not keep the next one from beginning', async () => {
  const { succession, story } = successionOf();
  lines.length = 0;
  await succession.replace(story.heir('a', { gate: Promise.reject(new TypeError('a bug')) }));
  story.alive = 0;

  await succession.replace(story.heir('b'));

  assert.deepEqual(story.steps, ['a begins', 'b begins']);
  assert.match(lines.join(''), /ERROR ends with a fault that should not be: TypeError: a bug/);
});

test('who writes the same files lets go first', async () => {
  const { succession: first, story } = successionOf();
  const { succession: second } = successionOf();
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  await first.replace(story.heir('a', { gate }));

  const leaving = first.replace(undefined);
  const coming = second.replace({ ...story.heir('b'), after: [first] });
  open();
  await Promise.all([leaving, coming]);

  assert.deepEqual(story.steps, ['a begins', 'a ends', 'b begins']);
});

test('a stop in the middle of a change lets nobody begin, and keeps no reader running', async () => {
  const { succession, story } = successionOf();
  await succession.replace(story.heir('a'));

  const replaced = succession.replace(story.heir('b'));
  await succession.stop(AbortSignal.timeout(1000));
  await replaced;

  assert.deepEqual(story.steps, ['a begins', 'a ends']);
});

test('a stop ends the reader and keeps its figures', async () => {
  const { succession, story } = successionOf();
  await succession.replace(story.heir('a'));

  await succession.stop(AbortSignal.timeout(1000));

  assert.deepEqual(story.steps, ['a begins', 'a ends']);
  assert.equal(succession.reader?.name, 'a');
});
