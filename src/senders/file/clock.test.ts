import assert from 'node:assert/strict';
import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createLog } from '../../telemetry/log.ts';
import type { Batch } from '../sender.ts';
import { createFileSender, type FileSenderOptions } from './file-sender.ts';
import { byAge, parseRotatedName } from './rotated-name.ts';

const { signal } = new AbortController();
const HOUR_MS = 3_600_000;
const common = { fsync: 'never', fsync_interval: 1, file_mode: '0640', create_directories: true } as const;

/** A sender whose clock is set by hand: `at` gives the time as on a wall. */
async function makeBed(t: TestContext, options: Partial<FileSenderOptions>) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'clock-'));
  t.after(() => folder.remove());
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const log: string[] = [];
  const start = (mark?: unknown) => {
    const context = { name: 'r.s', log: createLog({ write: (line) => log.push(line) }), mark };
    const file_output = join(folder.path, options.file_output ?? 'o.jsonl');
    const sender = createFileSender({ ...common, ...options, file_output }, context);
    t.after(() => sender.close());
    return sender;
  };
  const setClock = (ms: number) => {
    t.mock.timers.setTime(ms);
  };
  return { folder: folder.path, log, start, setClock };
}

function batchOf(n: number, realtimeUs?: number): Batch {
  const head = realtimeUs === undefined ? '' : `${JSON.stringify(['c', realtimeUs])}\n`;
  const bytes = Buffer.from(`${head}{"n":${n}}\n`);
  return { bytes, ends: Uint32Array.of(bytes.length), last: { cursor: 'c', realtimeUs: 0 } };
}

/** The rotated files and the present one by age, each with its numbers. */
async function contents(folder: string): Promise<number[][]> {
  const rotated = (await readdir(folder))
    .map((name) => parseRotatedName('o.jsonl', name))
    .filter((name) => name !== undefined);
  const names = [...rotated.sort(byAge).map(({ name }) => name), 'o.jsonl'];
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) => Array.from(text.matchAll(/\d+/g), ([n]) => Number(n)));
}

for (const { title, hasRestarts } of [
  { title: 'in one run', hasRestarts: false },
  { title: 'with a restart after each step', hasRestarts: true },
]) {
  test(`rotated names keep the order of what was written though the clock goes back, ${title}`, async (t) => {
    const { folder, start, setClock } = await makeBed(t, { rotate: { max_bytes: 1, compress: 'none' } });
    const now = Date.now();
    let sender = start();

    for (const [n, hours] of [0, 1, -5, -5, -1000, 2, 2, -3].entries()) {
      setClock(now + hours * HOUR_MS);
      if (hasRestarts) {
        await sender.close();
        sender = start(sender.mark?.() ?? undefined);
      }
      await sender.send(batchOf(n), signal);
      sender.saved?.(sender.mark?.());
    }

    assert.deepEqual(
      await contents(folder),
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n]),
    );
  });
}

test('a rotation by age goes on at its pace when the clock was set back, and is neither early nor held up for long', async (t) => {
  const { folder, start, setClock } = await makeBed(t, { rotate: { interval: '1h', compress: 'none' } });
  const now = Date.now();
  const sender = start();
  await sender.send(batchOf(0), signal);

  for (const [n, hours] of [0.5, -10, -9.5, -8.9, -8.5, -30, -29.5, -28.9].entries()) {
    setClock(now + hours * HOUR_MS);
    await sender.send(batchOf(n + 1), signal);
  }

  assert.deepEqual(await contents(folder), [[0, 1, 2, 3], [4, 5, 6, 7], [8]]);
});

test('retention removes nothing before its time when the clock was set back', async (t) => {
  const { folder, start, setClock } = await makeBed(t, {
    rotate: { max_bytes: 1, compress: 'none' },
    keep: { files: 3, age: '30d' },
  });
  const now = Date.now();
  const sender = start();

  for (const n of [0, 1, 2, 3, 4, 5, 6]) {
    setClock(now - n * 24 * HOUR_MS);
    await sender.send(batchOf(n), signal);
    sender.saved?.(sender.mark?.());
  }
  await sender.finish?.(signal);

  assert.deepEqual(await contents(folder), [[3], [4], [5], [6]]);
});

test('paths with the time take that of the entry, whatever the clock says', async (t) => {
  const { folder, start, setClock } = await makeBed(t, { file_output: '%Y%m%d/o.jsonl' });
  const day = Date.UTC(2026, 4, 10);
  const sender = start();

  for (const [n, hours] of [23.99, 24, 12, -0.01].entries()) {
    setClock(day - n * 100 * HOUR_MS);
    await sender.send(batchOf(n, (day + hours * HOUR_MS) * 1000), signal);
  }

  const days = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  assert.deepEqual(days, ['20260509', '20260510', '20260511']);
  assert.equal(await readFile(join(folder, '20260510/o.jsonl'), 'utf8'), '{"n":0}\n{"n":2}\n');
});
