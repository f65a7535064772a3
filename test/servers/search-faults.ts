import assert from 'node:assert/strict';
import { Place } from '../integration/place.ts';
import { Daemon } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { need } from '../support/need.ts';
import { Toxiproxy } from '../support/toxiproxy.ts';
import { until } from '../support/until.ts';
import { configOf, type SearchBed, type SearchCase } from './search-bed.ts';

/** How they answer to this differs between the engines, not between versions, and takes long. */
const isFor = ({ release }: SearchBed): boolean => release !== 'opensearch3';

/** Servers and connections that fail in mid-load. */
export const faults: readonly SearchCase[] = [
  {
    title: 'connections that break or lag, and answers that are lost, lose nothing and double nothing',
    isFor,
    run: async (t, { engine, server, keys, prefixed }) => {
      if (!need(t, 'toxiproxy', 'systemd-journal-remote')) return;
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
  },
  {
    title: 'a server that is killed and started again in mid-load loses nothing and doubles nothing',
    isFor,
    run: async (t, { server, keys, prefixed }) => {
      if (!need(t, 'systemd-journal-remote')) return;
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
  },
];
