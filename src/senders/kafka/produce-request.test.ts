import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { loadCompress } from './codecs.ts';
import type { EntryMessage } from './messages.ts';
import { Part } from './part.ts';
import { teachParts } from './produce-request.ts';

interface Request {
  readonly apiVersion: number;
  encode(): Promise<{ readonly buffer: Buffer }>;
}

const requests = createRequire(import.meta.url)('kafkajs/src/protocol/requests/produce') as {
  readonly versions: readonly string[];
  protocol(wanted: { version: number }): (options: object) => { readonly request: Request };
};

before(teachParts);

const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('box', 'ä€😀', '\ud800', ''));
const cursors = fc.oneof(fc.string({ minLength: 1, maxLength: 250 }), fc.constant('s=0a;i=1;b=2'));
const messages = fc.array(
  fc.record({
    key: fc.option(texts),
    value: fc.oneof(fc.uint8Array({ maxLength: 9000 }), fc.uint8Array({ maxLength: 70 })),
    cursor: cursors,
    host: fc.option(texts, { nil: undefined }),
    timestampMs: fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
  }),
  { minLength: 1, maxLength: 80 },
);
const numberings = fc.record({
  producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  producerEpoch: fc.integer({ min: 0, max: 32_767 }),
  firstSequence: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});

type Made = typeof messages extends fc.Arbitrary<infer M> ? M : never;

/** What the queue and `Messages` make of them: all values in one buffer. */
function entriesOf(made: Made): EntryMessage[] {
  const source = Buffer.concat(made.map(({ value }) => value));
  let end = 0;
  return made.map(({ value, ...about }, index) => {
    const start = end;
    end += value.length;
    const bytes = 64 + value.length + 3 * (about.cursor.length + (about.key?.length ?? 0) + (about.host?.length ?? 0));
    return { ...about, source, start, end, partition: 3, index, bytes };
  });
}

function plainOf(made: Made): object[] {
  return made.map(({ key, value, cursor, host, timestampMs }) => ({
    key,
    value: Buffer.from(value),
    headers: host === undefined ? { cursor } : { cursor, host },
    timestamp: String(timestampMs),
  }));
}

async function encoded(version: number, what: object, firstSequence: number, messages: unknown): Promise<Buffer> {
  const topicData = [{ topic: 'a-tøpic', partitions: [{ partition: 3, firstSequence, messages }] }];
  const { request } = requests.protocol({ version })({ acks: -1, timeout: 30_000, topicData, ...what });
  assert.equal(request.apiVersion, version);
  return (await request.encode()).buffer;
}

for (const version of [3, 7]) {
  test(`a part is encoded as kafkajs encodes its messages, byte for byte (version ${version})`, async () => {
    await fc.assert(
      fc.asyncProperty(messages, numberings, async (made, { firstSequence, ...numbering }) => {
        const part = new Part(entriesOf(made), undefined);

        const ours = await encoded(version, numbering, firstSequence, part);

        assert.deepEqual(ours, await encoded(version, numbering, firstSequence, plainOf(made)));
      }),
      { numRuns: 200 },
    );
  });
}

test('a compressed part is encoded as kafkajs does it', async () => {
  const gzip = (await loadCompress('gzip'))!;
  const [made] = fc.sample(messages, { numRuns: 1, seed: 7 }) as [Made];
  const numbering = { producerId: '7', producerEpoch: 2 };

  const ours = await encoded(7, numbering, 9, new Part(entriesOf(made), gzip));

  assert.deepEqual(ours, await encoded(7, { ...numbering, compression: gzip.type }, 9, plainOf(made)));
});

test('kafkajs speaks no version of the request that would be encoded in another way', () => {
  assert.deepEqual(requests.versions, ['0', '1', '2', '3', '4', '5', '6', '7']);
});

test('without a time, messages have that of sending', async () => {
  const [made] = fc.sample(messages, { numRuns: 1, seed: 3 }) as [Made];
  const entries = entriesOf(made).map((entry) => ({ ...entry, timestampMs: undefined }));
  const before = Date.now();

  const batch = await new Part(entries, undefined).encode({ producerId: '1', producerEpoch: 0, firstSequence: 0 });

  const [first, last] = [batch.readBigInt64BE(27), batch.readBigInt64BE(35)].map(Number) as [number, number];
  assert.equal(first, last);
  assert.ok(first >= before && first <= Date.now());
});
