import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Place } from '../integration/place.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { decrypted, makeEncryptedPlace } from '../support/encrypted.ts';
import { randomFrom } from '../support/entries.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import type { KafkaServer } from '../support/kafka-server.ts';
import { checkSequence, sequenceOf, type JsonLine } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { kafkaTest, shareKafka } from './kafka-bed.ts';

const ENTRIES = 20_000;
const KILLS = 5;
let server: KafkaServer; // there in every test that is not skipped
shareKafka((started) => (server = started));

function kafkaSender(topic: string, more: object = {}): object {
  return { output_type: 'kafka', file_output: undefined, kafka_address: server.address, kafka_topic: topic, ...more };
}

kafkaTest(`${KILLS} kills lose nothing, and repeat only what was sent since the state was saved`, async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const random = randomFrom(5);
  await using place = await Place.make();
  const topic = 'killed';
  await server.createTopic(topic);
  const reader = { journal_path: await cachedJournal({ count: ENTRIES }), msg_buffer_max_length: 500 };
  // small requests: or all would be shipped before the second kill
  const sender = kafkaSender(topic, { max_batch_bytes: 20_000 });
  const config = place.config({ reader, senders: { out: sender }, top: { state_save_interval: 0.5 } });
  const saved: number[] = [];

  for (let kill = 0; kill < KILLS; kill++) {
    saved.push(await runAndKill(place, config, { topic, step: Math.floor(random() * (ENTRIES / KILLS)) + 1 }));
  }
  const { code, stderr } = await runOnce(config);

  assert.equal(code, 0, stderr);
  const messages = await server.messages(topic);
  const report = checkSequence(sequenceOf(messages.map(({ value }) => JSON.parse(value) as JsonLine)), ENTRIES);
  assert.deepEqual([report.missing, report.skips], [[], []]);
  t.diagnostic(`${report.duplicates} of ${messages.length} messages are repetitions; saved: ${saved.join(', ')}`);
  assert.ok(report.seams.length > 0, 'no kill came between a request and a save: the test tests nothing');
  for (const { to } of report.seams) assert.ok(saved.includes(to), `it begins again with ${to}, where no state ended`);
});

/** Runs the daemon, kills it so many entries further on, and tells how many the state has as acknowledged. */
async function runAndKill(place: Place, config: object, { topic, step }: { topic: string; step: number }) {
  const stored = async () => (await server.counts(topic))[0]!;
  const goal = (await stored()) + step;
  await using daemon = await Daemon.start(config);
  await daemon.waitFor(async () => (await stored()) >= goal, `message ${goal}`);
  await daemon.kill9();
  const { sent } = (await place.state()).readers['sys']!.senders['out']!;
  assert.ok(sent.count <= (await stored()), 'the state is ahead of Kafka');
  return sent.count;
}

kafkaTest('what Kafka holds encrypted comes back as a plain sender has it', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const { place, keyFile, encrypt } = await makeEncryptedPlace();
  await using _ = place;
  const reader = { journal_path: await cachedJournal({ count: 400 }) };
  await server.createTopic('sealed');
  const senders = { out: {}, kafka: kafkaSender('sealed', { encrypt, compression: 'gzip' }) };

  const { code, stderr } = await runOnce(place.config({ reader, senders }));

  assert.equal(code, 0, stderr);
  const envelopes = (await server.messages('sealed')).map(({ value }) => value);
  const plain = (await readFile(place.output(), 'utf8')).split('\n').slice(0, -1);
  assert.deepEqual(await decrypted(place, keyFile, envelopes), plain);
});
