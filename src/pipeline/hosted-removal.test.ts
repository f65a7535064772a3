import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../test/support/until.ts';
import type { Sender } from '../senders/sender.ts';
import { emptySender } from '../state/stored.ts';
import { createLog } from '../telemetry/log.ts';
import { Hosted } from './hosted.ts';
import { Station } from './station.ts';

const never = new AbortController().signal;
const limits = { maxEntries: 10, maxBytes: 1000, batchMaxEntries: 5, batchMaxBytes: 500 };

/** A destination that hangs. */
class Hanging implements Sender {
  batches = 0;

  connect(): Promise<void> {
    return Promise.resolve();
  }

  send(_batch: unknown, signal: AbortSignal): Promise<void> {
    this.batches++;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(new Error('aborted'));
      });
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function hostedWith(sender: Sender): Hosted {
  const plan = {
    name: 'task',
    narrowing: {},
    isWide: false,
    startUs: 0,
    limits,
    marks: {},
    create: () => Promise.resolve(sender),
  };
  const options = {
    plan,
    selection: { journal_flags: [], units_to_match: [] },
    live: undefined,
    openFeeds: () => assert.fail('it reads'),
    removed: () => undefined,
  };
  return new Hosted(
    options,
    (hosted) =>
      new Station({
        name: 'gulp.task',
        limits,
        maxBatchAgeMs: 0,
        attemptMs: 0,
        encoding: { format: 'journald', extraFields: {}, maxEntryBytes: 1 << 20 },
        level: undefined,
        stored: emptySender('x'),
        log: createLog({ write: () => undefined }),
        createSender: () => Promise.resolve(sender),
        progress: () => ({ behindEntries: 0, lastReadMs: undefined, isBlocked: false, isReadOut: false }),
        moved: () => undefined,
        drained: () => {
          hosted.drained();
        },
      }),
  );
}

test('whoever waits for a delivery to be settled waits no longer when it is removed in the middle of a batch', async () => {
  const sender = new Hanging();
  const hosted = hostedWith(sender);
  let isFlushed = false;
  hosted.station.delivery.start();
  hosted.station.push({
    bytes: Buffer.from('{}\n'),
    ends: Uint32Array.of(3),
    count: 1,
    positionOf: () => ({ cursor: 's=1;i=1', realtimeUs: 1 }),
  });
  await until(() => sender.batches === 1, { what: 'a batch in flight' });

  const flushing = hosted.flush(never).then(() => (isFlushed = true));
  await new Promise(setImmediate);
  assert.ok(!isFlushed);
  await hosted.remove();
  await flushing;

  assert.equal(hosted.station.stored.sent.count, 0);
});
