import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Gap } from '../../src/journal/gap.ts';
import type { CommandLine } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { Journald } from '../support/journald.ts';
import { need } from '../support/need.ts';
import { Place } from './place.ts';

const FLOOD = 300;

for (const { title, reader } of [{ title: 'of all units', reader: {} }]) {
  test(
    `what journald suppresses is a gap of a reader ${title}, with its size and unit`,
    { timeout: 60_000 },
    async (t) => {
      if (!need(t, 'private journald')) return;
      await using place = await Place.make();
      await using journald = await Journald.start({ conf: ['RateLimitIntervalSec=1s', 'RateLimitBurst=10'] });
      const inside = (...line: CommandLine) => journald.commandLine(...line);
      const source = { identifier: 'flood', unit: 'flood.service' };
      await using daemon = await Daemon.start(place.config({ reader }), { inside });
      await daemon.waitForLog(/started/);

      await journald.writeLines(
        Array.from({ length: FLOOD }, (_, n) => `line ${n}`),
        source,
      );
      // journald tells of it at the unit's first line after the interval
      await daemon.waitFor(async () => {
        await journald.writeLines(['and on'], source);
        return daemon.stderr.includes('never got into the journal');
      }, 'the gap');

      await daemon.waitForLog(
        /ERROR sys: \d+ entries of flood\.service before \S+ never got into the journal: .*RateLimit/,
      );
      await daemon.stop();
      const gaps = (await place.state()).readers['sys']!.gaps as Gap[];
      assert.deepEqual(
        new Set(gaps.map(({ kind, unit }) => `${kind} ${unit ?? ''}`)),
        new Set(['suppressed flood.service']),
      );
      assert.ok(gaps[0]!.entries! > FLOOD / 2, String(gaps[0]!.entries));
    },
  );
}
