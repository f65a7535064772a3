import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotConnectedError, RetryableError } from '../../src/errors.ts';
import { Place } from '../integration/place.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import type { KafkaServer } from '../support/kafka-server.ts';
import { readJsonLines } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { Toxiproxy } from '../support/toxiproxy.ts';
import { until } from '../support/until.ts';
import { batchOf, KafkaBed, numbersOf, payloadsOf, shareKafka } from './kafka-bed.ts';
import type { Payload } from './kafka-bed.ts';

const ENTRIES = 20_000;
const DAY_MS = 86_400_000;
const { signal } = new AbortController();
/** A connection closes as soon as the broker answers anything. */
const LOST_ANSWERS = { type: 'limit_data', stream: 'downstream', attributes: { bytes: 1 } } as const;
let server: KafkaServer; // there in every test that is not skipped
shareKafka((started) => (server = started));

test(
  'a whole journal arrives, byte for byte what a file gets, in order for each key',
  { timeout: 600_000 },
  async (t) => {
    if (!need(t, 'kafka', 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    await server.createTopic('whole', 3);
    const kafka = {
      output_type: 'kafka',
      kafka_address: server.address,
      kafka_topic: 'whole',
      kafka_msg_key: '{_SYSTEMD_UNIT}',
      compression: 'zstd',
    };
    const reader = { journal_path: await cachedJournal({ count: ENTRIES }) };

    const { code, stderr } = await runOnce(
      configOf(place, reader, { file: { output_type: 'file', file_output: place.output('file') }, kafka }),
    );

    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /WARN|ERROR|Warning/);
    const lines = (await readJsonLines(place.output('file'))) as Record<string, string>[];
    const messages = await server.messages('whole');
    assert.equal(messages.length, ENTRIES);
    assert.equal(new Set(messages.map(({ headers }) => headers['cursor'])).size, ENTRIES);
    const wanted = Map.groupBy(lines, (line) => line['SYSTEMD_UNIT'] ?? 'default');
    const found = Map.groupBy(messages, ({ key }) => key!);
    assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort());
    for (const [unit, list] of found) {
      assert.equal(new Set(list.map(({ partition }) => partition)).size, 1);
      assert.deepEqual(
        list.map(({ value }) => JSON.parse(value) as unknown),
        wanted.get(unit),
      );
      assert.equal(list[0]!.headers['host'], wanted.get(unit)![0]!['HOSTNAME']);
    }
  },
);

test(
  'a broker that is killed in mid-load and comes back has every entry once, in order',
  { timeout: 600_000 },
  async (t) => {
    if (!need(t, 'kafka', 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    await server.createTopic('killed');
    const kafka = { output_type: 'kafka', kafka_address: server.address, kafka_topic: 'killed' };
    const reader = { journal_path: await cachedJournal({ count: ENTRIES }), msg_buffer_max_length: 50 };
    await using daemon = await Daemon.start(configOf(place, reader, { kafka }));
    await daemon.waitFor(async () => (await server.counts('killed'))[0]! > 500, 'the first entries');

    await server.kill9();
    await daemon.waitForLog(/cannot deliver to Kafka at .*; trying again/);
    await server.restart();
    // Not with --once, which gives up what is dead for a minute: on a busy machine a start takes longer.
    const isWhole = async () => (await server.counts('killed').catch(() => [0]))[0]! >= ENTRIES;
    await daemon.waitFor(isWhole, 'all entries', 180_000);
    const { code, stderr } = await daemon.stop();

    assert.equal(code, 0, stderr);
    const messages = await server.messages('killed');
    assert.deepEqual(
      numbersOf(messages).map(Number),
      Array.from({ length: ENTRIES }, (_, n) => n),
    );
  },
);

/** Sends as a delivery does, until all is settled; returns the errors on the way. */
async function settle(bed: KafkaBed, payloads: readonly Payload[]): Promise<RetryableError[]> {
  const errors: RetryableError[] = [];
  for (let rest = payloads; rest.length > 0;) {
    try {
      await bed.sender.connect(signal);
      await bed.sender.send(batchOf(rest), signal);
      return errors;
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      errors.push(error);
      const { remaining } = error;
      if (remaining !== undefined) rest = remaining.map((i) => rest[i]!);
    }
  }
  return errors;
}

test('an answer that is lost makes no duplicate', { timeout: 600_000 }, async (t) => {
  if (!need(t, 'kafka', 'toxiproxy')) return;
  await using proxy = await Toxiproxy.start(server.proxiedAddress, server.proxyPort);
  await server.createTopic('lost', 2);
  await using bed = await KafkaBed.make({ kafka_address: proxy.address, kafka_topic: 'lost', max_batch_bytes: 20_000 });
  const stored = async (): Promise<number> => (await server.counts('lost')).reduce((sum, each) => sum + each);
  await settle(bed, payloadsOf(100));

  for (let round = 1; round <= 6; round++) {
    const mend = await proxy.spoil(LOST_ANSWERS);
    const settled = settle(bed, payloadsOf(300, round * 1000));
    const before = await stored();
    // the first part of it is stored, and nobody knows
    await until(async () => (await stored()) > before || (await stored()) > 100 + (round - 1) * 300, {
      what: 'the entries',
      everyMs: 20,
    });
    await mend();
    await settled;
  }

  const messages = await server.messages('lost');
  assert.equal(messages.length, 100 + 6 * 300);
  for (const list of Map.groupBy(messages, ({ partition }) => partition).values()) {
    const numbers = numbersOf(list);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
  }
});

test(
  'a broker that restarts knows a batch that it had stored, however old the entries are',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'kafka', 'toxiproxy')) return;
    await using proxy = await Toxiproxy.start(server.proxiedAddress, server.proxyPort);
    await server.createTopic('old');
    await using bed = await KafkaBed.make({ kafka_address: proxy.address, kafka_topic: 'old' });
    const payloads = payloadsOf(50, 0, { ageMs: 400 * DAY_MS });
    await settle(bed, payloads.slice(0, 1));
    const mend = await proxy.spoil(LOST_ANSWERS);
    await assert.rejects(bed.sender.send(batchOf(payloads.slice(1)), signal), NotConnectedError);
    assert.deepEqual(await server.counts('old'), [50]);

    await server.kill9();
    await server.restart();
    await mend();
    await settle(bed, payloads.slice(1));

    assert.deepEqual(
      numbersOf(await server.messages('old')),
      payloads.map(({ n }) => n),
    );
  },
);

test('what is sent in place of a batch whose answer was lost is not taken for it', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'kafka', 'toxiproxy')) return;
  await using proxy = await Toxiproxy.start(server.proxiedAddress, server.proxyPort);
  await server.createTopic('other');
  await using bed = await KafkaBed.make({ kafka_address: proxy.address, kafka_topic: 'other' });
  await settle(bed, payloadsOf(1));
  const mend = await proxy.spoil(LOST_ANSWERS);
  await assert.rejects(bed.sender.send(batchOf(payloadsOf(50, 100)), signal), NotConnectedError);
  assert.deepEqual(await server.counts('other'), [51]);
  await mend();

  await settle(bed, payloadsOf(50, 200));

  const numbers = numbersOf(await server.messages('other'));
  assert.deepEqual(
    numbers.slice(51),
    payloadsOf(50, 200).map(({ n }) => n),
  );
});

test('an answer that never comes ends the attempt at once when the daemon stops', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'kafka', 'toxiproxy')) return;
  await using proxy = await Toxiproxy.start(server.proxiedAddress, server.proxyPort);
  await server.createTopic('hangs');
  await using bed = await KafkaBed.make({ kafka_address: proxy.address, kafka_topic: 'hangs' });
  await settle(bed, payloadsOf(1));
  await proxy.spoil({ type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } });
  const stopping = new AbortController();
  const sending = bed.sender.send(batchOf(payloadsOf(1, 1)), stopping.signal);
  await until(async () => (await server.counts('hangs'))[0] === 2, { what: 'the entry' });

  stopping.abort();

  await assert.rejects(sending, { name: 'AbortError' });
  const begin = performance.now();
  await bed.sender.close();
  assert.ok(performance.now() - begin < 9000);
});

function configOf(place: Place, reader: object, senders: object): object {
  return { json_state_file_path: place.statePath, readers: { sys: { ...reader, senders } } };
}
