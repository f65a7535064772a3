import type { TestContext } from 'node:test';
import type { Batch, Sender } from '../../src/senders/sender.ts';
import type { WebsocketOptions } from '../../src/senders/websocket/options.ts';
import { createWebsocketSender } from '../../src/senders/websocket/websocket-sender.ts';
import { createLog } from '../../src/telemetry/log.ts';

/** A sender by itself, closed behind the test. */
export function websocketSender(
  t: TestContext,
  options: Partial<WebsocketOptions> & Pick<WebsocketOptions, 'websocket_uri'>,
  patience: NonNullable<Parameters<typeof createWebsocketSender>[2]>,
): Sender {
  const defaults = {
    ssl: false,
    compression: 'snappy',
    websocket_compression: 'none',
    max_batch_size: 1_048_576,
    websocket_ack: false,
  } as const;
  const sender = createWebsocketSender({ ...defaults, ...options }, createLog({ write: () => undefined }), patience);
  t.after(() => sender.close());
  return sender;
}

/** A batch of these lines. */
export function batchOfLines(...lines: readonly string[]): Batch {
  const pieces = lines.map((line) => Buffer.from(`${line}\n`));
  let end = 0;
  const ends = Uint32Array.from(pieces, ({ length }) => (end += length));
  return { bytes: Buffer.concat(pieces), ends, last: { cursor: 'c', realtimeUs: 1 } };
}
