import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../test/support/until.ts';
import { createLog } from '../telemetry/log.ts';
import { StallWatch } from './stall-watch.ts';

const [here, newer] = [1, 2].map((n) => `s=${'a'.repeat(32)};i=${n};b=${'b'.repeat(32)};m=1;t=1;x=1`);

/** A watch over a run that gives nothing; what it asks is a script that writes down each time it is asked. */
async function makeBed(answer: string, probeTimeoutMs = 10_000) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'stall-'));
  const path = join(folder.path, 'journalctl');
  await writeFile(path, `#!/bin/sh\necho "$@" >> ${folder.path}/asked\n${answer}\n`, { mode: 0o755 });
  const lines: string[] = [];
  let stalls = 0;
  const watch = new StallWatch({
    selection: { journal_flags: [], units_to_match: ['a.service'] },
    capabilities: { path, version: 252, canMergeFollow: true, machineId: undefined, bootId: undefined },
    intervalMs: 50,
    probeTimeoutMs,
    log: createLog({ write: (line) => lines.push(line), journalStyle: true }),
    resumeFrom: () => ({ kind: 'cursor', cursor: here! }),
    stalled: () => stalls++,
  });
  const asked = async () => {
    return (await readFile(join(folder.path, 'asked'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  };
  return {
    watch,
    lines,
    asked,
    stalls: () => stalls,
    [Symbol.asyncDispose]: async () => {
      watch.stop();
      await folder.remove();
    },
  };
}

const entries = (...cursors: readonly string[]) =>
  cursors.map((cursor) => `printf '__CURSOR=${cursor}\\nMESSAGE=m\\n\\n'`).join('\n');

test('entries behind the place that do not come are a stall, told once', { timeout: 180_000 }, async () => {
  await using bed = await makeBed(entries(here!, newer!));

  bed.watch.watch();
  await until(() => bed.stalls() > 0, { what: 'the stall' });

  const [question] = await bed.asked();
  assert.match(question!, /--cursor=\S+ _SYSTEMD_UNIT=a\.service \+ .* --lines=2$/);
  assert.doesNotMatch(question!, /--follow/);
  assert.equal(bed.stalls(), 1);
});

test('no entry but the one where reading stands is no stall; it is asked again and again', async () => {
  await using bed = await makeBed(entries(here!));

  bed.watch.watch();
  await until(async () => (await bed.asked()).length >= 3, { what: 'three questions' });

  assert.deepEqual([bed.stalls(), bed.lines], [0, []]);
});

test('bytes that come while it is being found out mean that there is no stall', async () => {
  await using bed = await makeBed(entries(newer!));

  bed.watch.watch();
  await until(async () => (await bed.asked()).length === 1, { what: 'the question' });
  bed.watch.heard();
  await until(async () => (await bed.asked()).length === 2, { what: 'the next question' });

  assert.equal(bed.stalls(), 0);
});

test('a question that hangs itself is ended and told', async () => {
  await using bed = await makeBed('exec sleep 60', 100);

  bed.watch.watch();
  await until(() => bed.lines.length > 0, { what: 'the warning' });

  assert.match(bed.lines[0]!, /^<4>journalctl has given nothing for a while, and .* gave no answer within 100 ms/);
  assert.equal(bed.stalls(), 0);
});

test('nothing is asked while nobody watches', async () => {
  await using bed = await makeBed(entries(newer!));
  await using other = await makeBed(entries(here!));

  bed.watch.watch();
  bed.watch.stop();
  other.watch.watch();
  await until(async () => (await other.asked()).length >= 2, { what: 'time for questions' });

  assert.deepEqual(await bed.asked(), []);
});
