import assert from 'node:assert/strict';
import { Place } from '../integration/place.ts';
import { Daemon } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { readJsonLines } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { headedBatch, TIME_US } from '../support/search-sender.ts';
import { configOf, type SearchCase } from './search-bed.ts';

const { signal } = new AbortController();
const DAY_US = 864e8;

/** What is stored, under which names, and for how long. */
export const storing: readonly SearchCase[] = [
  {
    title: 'a journal arrives whole, every field of it; sent again, nothing is there twice',
    run: async (t, { server, keys, prefixed }) => {
      if (!need(t, 'systemd-journal-remote')) return;
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
    },
  },
  {
    title: 'an index template gives fields their types; one of the user is left alone',
    run: async (_t, { server, senderFor, prefixed }) => {
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
    },
  },
  {
    title: 'names of indices are made of fields and the time of the entry',
    run: async (_t, { server, senderFor }) => {
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
    },
  },
  {
    title: 'the oldest indices by day are deleted, nothing else',
    run: async (_t, { engine, server, senderFor, prefixed }) => {
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
    },
  },
  {
    title: 'a data stream takes entries, and each only once',
    // the distribution of Elasticsearch that tests use has none
    isFor: ({ engine }) => engine === 'opensearch',
    run: async (_t, { server, senderFor }) => {
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
    },
  },
];
