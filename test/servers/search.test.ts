import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, before, after } from 'node:test';
import { AuthenticationError, NotConnectedError, RejectedError, RetryableError } from '../../src/errors.ts';
import { Place } from '../integration/place.ts';
import { makeCertificates } from '../support/certificates.ts';
import { Daemon } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { readJsonLines } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { lackOf } from '../support/requirements.ts';
import { headedBatch, makeSender, messages, TIME_US } from '../support/search-sender.ts';
import { SearchServer } from '../support/search-server.ts';
import { Toxiproxy } from '../support/toxiproxy.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
const DAY_US = 864e8;

function configOf(journal_path: string, senders: object, json_state_file_path?: string): object {
  return { json_state_file_path, readers: { sys: { journal_path, senders } } };
}

for (const release of ['elasticsearch', 'opensearch', 'opensearch3'] as const) {
  const engine = release === 'opensearch3' ? 'opensearch' : release;

  describe(release, { timeout: 1_200_000 }, () => {
    let server: SearchServer;

    before(async () => {
      if (lackOf(release) === undefined)
        server = await SearchServer.start(engine, {
          settings: ['http.max_content_length: 256kb'],
          ...(release === 'opensearch3' && { release }),
        });
    });
    after(() => (lackOf(release) === undefined ? server[Symbol.asyncDispose]() : undefined));

    const keys = (own: object): Record<string, unknown> => ({
      output_type: engine,
      [`${engine}_url`]: server.url,
      max_send_interval: 0.1,
      ...own,
    });
    const senderFor = (own: object) => {
      const { output_type: _, max_send_interval: __, ...options } = keys(own);
      return makeSender(engine, options);
    };
    const prefixed = (prefix: string, own: object = {}) => ({ [`${engine}_index_prefix`]: prefix, ...own });

    test('a journal arrives whole, every field of it; sent again, nothing is there twice', async (t) => {
      if (!need(t, release, 'systemd-journal-remote')) return;
      await using place = await Place.make();
      const journal_path = await cachedJournal({ count: 3000 });
      const out = { output_type: 'file', file_output: place.output() };
      const config = configOf(journal_path, { out, search: keys(prefixed('whole', { in_flight: 3 })) });

      for (const run of ['first', 'second']) {
        await using daemon = await Daemon.start(config, { once: true });
        const { code, stderr } = await daemon.end;
        assert.equal(code, 0, `${run}: ${stderr}`);
      }

      const lines = (await readJsonLines(place.output())).slice(0, 3000);
      const documents = await server.documents('whole-*');
      const bySequence = (a: { SEQ?: unknown }, b: { SEQ?: unknown }): number => Number(a.SEQ) - Number(b.SEQ);
      assert.equal(documents.length, 3000);
      assert.deepEqual(documents.map(({ source }) => source).sort(bySequence), lines.sort(bySequence));
      assert.deepEqual(await server.indices('whole-*'), ['whole-2026-01-01']);
    });

    test('an index template gives fields their types; one of the user is left alone', async (t) => {
      if (!need(t, release)) return;
      const own = { index_patterns: ['mine-*'], template: { settings: { number_of_replicas: 0 } } };
      await server.ask('PUT', '/_index_template/own', own);
      for (const prefix of ['typed', 'mine']) {
        const { sender } = await senderFor(prefixed(prefix));
        await using _ = sender;
        await sender.connect(signal);
        const entry = { MESSAGE: 'm', PID: 'no number', FIELD: '2026-01-01', timestamp: '2026-11-20T23:10:05.123456' };
        await sender.send(headedBatch([{ cursor: 'c', entry }]), signal);
      }

      const mapping = Object.values(
        await server.ask<Record<string, { mappings: { properties: Record<string, { type: string }> } }>>(
          'GET',
          '/typed-*/_mapping',
        ),
      )[0]!.mappings.properties;

      const types = ['MESSAGE', 'PID', 'FIELD', 'timestamp', 'REALTIME_TIMESTAMP'].map((key) => mapping[key]?.type);
      assert.deepEqual(types, ['text', 'long', 'keyword', 'date', 'double']);
      const { index_templates: all } = await server.ask<{ index_templates: { name: string }[] }>(
        'GET',
        '/_index_template',
      );
      const names = all.map(({ name }) => name);
      assert.ok(names.includes('journalbridge-typed'));
      assert.ok(!names.includes('journalbridge-mine'));
    });

    test('names of indices are made of fields and the time of the entry', async (t) => {
      if (!need(t, release)) return;
      const { sender } = await senderFor({ index: 'app-{SYSLOG_IDENTIFIER}-%Y.%m.%d' });
      await using _ = sender;
      await sender.connect(signal);
      const values = ['sshd', 'A B/c*', '-.mount', null, 'x'.repeat(300), '"<>|,#:?\\'];

      await sender.send(
        headedBatch(
          values.map((value, n) => ({
            cursor: `c${n}`,
            realtimeUs: TIME_US + n * DAY_US,
            values: [value],
            entry: { A: n },
          })),
        ),
        signal,
      );

      assert.deepEqual(
        await server.indices('app-*'),
        [
          'sshd-2026.11.20',
          'a_b_c_-2026.11.21',
          '-.mount-2026.11.22',
          'default-2026.11.23',
          `${'x'.repeat(100)}-2026.11.24`,
          '_-2026.11.25',
        ]
          .map((rest) => `app-${rest}`)
          .sort(),
      );
    });

    test('what a mapping does not take is refused with the reason, the rest is stored', async (t) => {
      if (!need(t, release)) return;
      const mappings = { dynamic: 'strict', properties: { MESSAGE: { type: 'long' }, timestamp: { type: 'date' } } };
      await server.ask('PUT', '/conflict-2026-11-20', { mappings });
      const { sender } = await senderFor(prefixed('conflict'));
      await using _ = sender;
      await sender.connect(signal);

      await assert.rejects(sender.send(headedBatch(messages('1', 'hunter2 is secret', '3')), signal), (error) => {
        assert.ok(error instanceof RejectedError);
        assert.deepEqual(
          error.rejected.map(({ index }) => index),
          [1],
        );
        assert.match(
          error.rejected[0]!.reason,
          /parsing_exception: .*failed to parse field \[MESSAGE\] of type \[long\]/,
        );
        assert.doesNotMatch(error.rejected[0]!.reason + error.message, /hunter2/);
        return true;
      });

      assert.equal(await server.count('conflict-*'), 2);
    });

    for (const { what, block, unblock } of [
      { what: 'read-only', block: { 'index.blocks.write': true }, unblock: { 'index.blocks.write': null } },
      {
        what: 'closed by the flood stage of a full disk',
        block: { 'index.blocks.read_only_allow_delete': true },
        unblock: { 'index.blocks.read_only_allow_delete': null },
      },
    ]) {
      test(`an index that is ${what} refuses nothing for good`, async (t) => {
        if (!need(t, release)) return;
        const name = `blocked-${what.split(' ')[0]!}`;
        await server.ask('PUT', `/${name}-2026-11-20`);
        await server.ask('PUT', `/${name}-2026-11-20/_settings`, block);
        const { sender } = await senderFor(prefixed(name));
        await using _ = sender;
        await sender.connect(signal);
        const batch = headedBatch(messages('1', '2'));

        await assert.rejects(sender.send(batch, signal), (error) => {
          assert.ok(error instanceof RetryableError);
          assert.match(error.message, /until somebody mends the index or the cluster|cannot take more/);
          return true;
        });
        await server.ask('PUT', `/${name}-2026-11-20/_settings`, unblock);
        await sender.send(batch, signal);

        assert.equal(await server.count(`${name}-*`), 2);
      });
    }

    test('a closed index refuses nothing for good', async (t) => {
      if (!need(t, release)) return;
      await server.ask('PUT', '/closed-2026-11-20');
      await server.ask('POST', '/closed-2026-11-20/_close');
      const { sender } = await senderFor(prefixed('closed'));
      await using _ = sender;
      await sender.connect(signal);

      await assert.rejects(
        sender.send(headedBatch(messages('1')), signal),
        /closed.*until somebody mends|until somebody mends.*closed/,
      );
    });

    test('requests that the server finds too large come in halves, an entry that is too large alone is refused', async (t) => {
      if (!need(t, release)) return;
      const { sender } = await senderFor(prefixed('large'));
      await using _ = sender;
      await sender.connect(signal);
      const texts = Array.from({ length: 50 }, (_, n) => `${n}`.padEnd(n === 7 ? 300_000 : 10_000, 'x y '));

      await assert.rejects(sender.send(headedBatch(messages(...texts)), signal), (error) => {
        assert.ok(error instanceof RejectedError);
        assert.deepEqual([error.rejected.map(({ index }) => index), error.remaining], [[7], []]);
        return true;
      });

      assert.equal(await server.count('large-*'), 49);
    });

    test('the oldest indices by day are deleted, nothing else', async (t) => {
      if (!need(t, release)) return;
      const today = new Date().toISOString().slice(0, 10);
      const days = ['2020-01-01', '2020-01-02', '2020-01-03', today];
      const others = [
        'old-other-2019-01-01',
        'old-2019-01-01-x',
        'old-2019-13-01',
        'old-2019.01.01',
        'older-2019-01-01',
      ];
      for (const name of [...days.map((day) => `old-${day}`), ...others]) await server.ask('PUT', `/${name}`);
      const { sender } = await senderFor(prefixed('old', { [`${engine}_index_days_max`]: 2 }));
      await using _ = sender;
      await sender.connect(signal);

      await sender.maintain!(signal);

      assert.deepEqual(await server.indices('old*'), [...others, 'old-2020-01-03', `old-${today}`].sort());
    });

    // the distribution of Elasticsearch that tests use has none
    const itStreams = engine === 'opensearch' ? test : () => undefined;
    void itStreams('a data stream takes entries, and each only once', async (t) => {
      if (!need(t, release)) return;
      const { sender } = await senderFor({ data_stream: 'logs-{SYSLOG_IDENTIFIER}-test' });
      await using _ = sender;
      await sender.connect(signal);
      const batch = headedBatch([0, 1].map((n) => ({ cursor: `c${n}`, values: ['sshd'], entry: { A: n } })));

      await sender.send(batch, signal);
      await sender.send(batch, signal);

      const { data_streams } = await server.ask<{ data_streams: { name: string }[] }>('GET', '/_data_stream');
      assert.deepEqual(
        data_streams.map(({ name }) => name),
        ['logs-sshd-test'],
      );
      assert.equal(await server.count('logs-sshd-test'), 2);
    });

    // How they answer to this differs between the engines, not between versions, and takes long.
    const itFaults = release === 'opensearch3' ? () => undefined : test;
    void itFaults(
      'connections that break or lag, and answers that are lost, lose nothing and double nothing',
      async (t) => {
        if (!need(t, release, 'toxiproxy', 'systemd-journal-remote')) return;
        await using proxy = await Toxiproxy.start(`127.0.0.1:${server.port}`);
        await using place = await Place.make();
        const journal_path = await cachedJournal({ count: 20_000 });
        const own = {
          [`${engine}_url`]: `http://${proxy.address}`,
          [`${engine}_timeout`]: 1.5,
          max_batch_bytes: 100_000,
        };
        const senders = { search: keys(prefixed('toxic', own)) };
        await using daemon = await Daemon.start(configOf(journal_path, senders, place.statePath), { once: true });
        for (const toxic of [
          { type: 'limit_data', stream: 'downstream', attributes: { bytes: 500 } },
          { type: 'latency', stream: 'downstream', attributes: { latency: 200 } },
          { type: 'reset_peer', stream: 'downstream', attributes: { timeout: 5 } },
          { type: 'limit_data', stream: 'upstream', attributes: { bytes: 30_000 } },
          { type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } },
        ] as const) {
          const heal = await proxy.spoil(toxic);
          const before = daemon.stderr.length;
          await Promise.race([
            daemon.end,
            until(() => toxic.type === 'latency' || daemon.stderr.length > before, {
              what: 'trouble',
              deadlineMs: 4000,
            }).catch(() => undefined),
          ]);
          await heal();
        }

        const { code, stderr } = await daemon.end;

        assert.equal(code, 0, stderr);
        assert.match(stderr, /nothing is lost/);
        assert.equal(await server.count('toxic-*'), 20_000);
      },
    );

    void itFaults(
      'a server that is killed and started again in mid-load loses nothing and doubles nothing',
      async (t) => {
        if (!need(t, release, 'systemd-journal-remote')) return;
        // What it has to look after again makes a restart long.
        // What is behind a data stream cannot be deleted by itself, and is small.
        const others = (await server.indices('*')).filter((name) => !name.startsWith('.'));
        for (const name of others) await server.ask('DELETE', `/${name}`);
        await using place = await Place.make();
        const journal_path = await cachedJournal({ count: 20_000 });
        const senders = { search: keys(prefixed('killed', { max_batch_bytes: 50_000, in_flight: 1 })) };
        await using daemon = await Daemon.start(configOf(journal_path, senders, place.statePath));
        await until(async () => (await server.count('killed-*').catch(() => 0)) > 100, {
          what: 'the first entries',
          everyMs: 1,
        });

        await server.kill();
        await daemon.waitForLog(/refused|reset|closed/);
        await server.restart();
        // Not with --once, which gives up what is dead for a minute: on a busy machine a start takes longer.
        await daemon.waitFor(
          async () => (await server.count('killed-*').catch(() => 0)) >= 20_000,
          'all entries',
          180_000,
        );
        const { code, stderr } = await daemon.stop();

        assert.equal(code, 0, stderr);
        assert.equal(await server.count('killed-*'), 20_000);
      },
    );
  });
}

test('TLS with an authority of our own, and logins: what is wrong is told', { timeout: 600_000 }, async (t) => {
  if (!need(t, 'elasticsearch', 'openssl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tls-'));
  const { ca, otherCa, server: own, client } = await makeCertificates(folder.path);
  await using server = await SearchServer.start('elasticsearch', {
    users: { 'us@er': 'pa:ss/word', nobody: 'secret' },
    tls: { ...own, ca },
  });
  const login = { user: 'us@er', password: 'pa:ss/word' };
  const url = server.url;
  const attempt = async (options: object): Promise<void> => {
    const { sender } = await makeSender('elasticsearch', { elasticsearch_url: url, ca, ...login, ...options });
    await using _ = sender;
    await sender.connect(signal);
    await sender.send(headedBatch(messages('a')), signal);
  };

  await attempt({});
  await attempt(client);
  await attempt({
    user: undefined,
    password: undefined,
    elasticsearch_url: url.replace('//', '//us%40er:pa%3Ass%2Fword@'),
  });
  assert.equal(await server.count('journalpump-*'), 1);
  for (const { options, kind, message } of [
    { options: { ca: otherCa }, kind: NotConnectedError, message: /signed by nobody we trust/ },
    { options: { ca: undefined }, kind: NotConnectedError, message: /signed by nobody we trust/ },
    {
      options: { elasticsearch_url: url.replace('https', 'http') },
      kind: NotConnectedError,
      message: /closed|reset|TLS/,
    },
    {
      options: { elasticsearch_url: url.replace('127.0.0.1', '127.0.0.2') },
      kind: NotConnectedError,
      message: /refused|another name/,
    },
    { options: { password: 'wrong' }, kind: AuthenticationError, message: /does not accept our login/ },
    { options: { user: 'nobody', password: 'secret' }, kind: AuthenticationError, message: /lacks a privilege/ },
  ]) {
    await assert.rejects(attempt(options), (error) => {
      assert.ok(error instanceof kind, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /pa:ss|secret/);
      return true;
    });
  }
});
