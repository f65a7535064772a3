import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { exportText, parseExport, valueOf } from '../../test/support/export-stream.ts';
import { generateEntries } from '../../test/support/entries.ts';
import type { EntriesOptions } from '../../test/support/entries.ts';
import { FakeJournalctl } from '../../test/support/fake-journalctl.ts';
import type { Run, Scenario } from '../../test/support/fake-journalctl/scenario.ts';
import { until } from '../../test/support/until.ts';
import { messageOf } from '../errors.ts';
import { createLog } from '../telemetry/log.ts';
import type { Start } from './arguments.ts';
import type { JournalSelection } from './selection.ts';
import { probeJournalctl } from './probe.ts';
import { Source } from './source.ts';

/** A source over a fake journalctl, and what it told. */
interface Bed {
  readonly source: Source;
  readonly fake: FakeJournalctl;
  readonly folder: string;
  /** The bytes of the present run. */
  bytes: Buffer;
  /** Where the next run begins. */
  start: Start;
  readonly begun: Start[];
  readonly counts: Map<string, number>;
  readonly log: string[];
  ends: number;
  failure: string | undefined;
  badCursors: number;
  ignored: string[];
}

interface BedOptions {
  readonly entries?: EntriesOptions;
  readonly scenario?: Scenario;
  readonly follow?: boolean;
  readonly maxBlockedMs?: number;
  readonly stallCheckMs?: number;
  readonly selection?: (folder: string) => Partial<JournalSelection>;
}

function emptyBed(place: Pick<Bed, 'fake' | 'folder'>): Omit<Bed, 'source'> {
  return {
    ...place,
    bytes: Buffer.alloc(0),
    start: { kind: 'head' },
    begun: [],
    counts: new Map(),
    log: [],
    ends: 0,
    failure: undefined,
    badCursors: 0,
    ignored: [],
  };
}

async function makeBed(t: TestContext, options: BedOptions = {}): Promise<Bed> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'source-'));
  await writeFile(join(folder.path, 'system.journal'), ''); // the fake reads elsewhere, but the source looks for files
  const fake = await FakeJournalctl.create(generateEntries(options.entries ?? { count: 100 }), options.scenario);
  const bed = emptyBed({ fake, folder: folder.path });
  const source = new Source({
    selection: {
      journal_flags: [],
      units_to_match: [],
      journal_path: folder.path,
      ...options.selection?.(folder.path),
    },
    capabilities: await probeJournalctl(fake.path),
    follow: options.follow ?? true,
    maxBlockedMs: options.maxBlockedMs ?? 5000,
    stallCheckMs: options.stallCheckMs ?? 60_000,
    log: createLog({ write: (line) => bed.log.push(line), journalStyle: true }),
    resumeFrom: () => bed.start,
    begun: (start) => {
      bed.begun.push(start);
      bed.bytes = Buffer.alloc(0);
    },
    chunk: (bytes) => (bed.bytes = Buffer.concat([bed.bytes, bytes])),
    fileIgnored: ({ path }) => bed.ignored.push(path),
    badCursor: () => {
      bed.badCursors++;
      bed.start = { kind: 'head' };
    },
    ended: () => bed.ends++,
    failed: (error) => (bed.failure = messageOf(error)),
    counted: (event) => bed.counts.set(event, (bed.counts.get(event) ?? 0) + 1),
  });
  t.after(async () => {
    await source.stop();
    await fake[Symbol.asyncDispose]();
    await folder.remove();
  });
  return Object.assign(bed, { source });
}

const numbersIn = (bytes: Buffer) => parseExport(bytes).map((fields) => Number(valueOf(fields, 'SEQ')));
const whole = (count: number) => Array.from({ length: count }, (_, n) => n);
const reads = async (fake: FakeJournalctl) =>
  (await fake.calls()).filter(({ argv }) => !argv.includes('--version') && !argv.includes('--directory=/nonexistent'));
const ended = (bed: Bed) => until(() => bed.ends > 0 || bed.failure !== undefined, { what: 'the end' });

test('without following it ends when all was read', async (t) => {
  const bed = await makeBed(t, { follow: false });

  bed.source.start();
  await ended(bed);

  assert.deepEqual(numbersIn(bed.bytes), whole(100));
  assert.deepEqual([bed.ends, bed.failure, bed.log], [1, undefined, []]);
});

test('following it reads what is there and waits in one run', async (t) => {
  const bed = await makeBed(t);

  bed.source.start();
  await until(() => bed.bytes.length === exportText(generateEntries({ count: 100 })).length, { what: 'all bytes' });

  assert.equal((await reads(bed.fake)).length, 1);
  await bed.source.stop();
  assert.deepEqual(bed.log, []);
});

test('where --merge is refused it reads up to now and then follows from there', async (t) => {
  const bed = await makeBed(t, { scenario: { refusesMergeWithFollow: true } });
  const cursor = parseExport(exportText(generateEntries({ count: 100 })))
    .at(-1)![0]![1]
    .toString();

  bed.source.start();
  await until(() => bed.begun.length > 0 && bed.bytes.length > 0, { what: 'the first run' });
  bed.start = { kind: 'cursor', cursor };
  await until(() => bed.begun.length === 2 && bed.bytes.length > 0, { what: 'the second run' });

  const [catchUp, follow] = (await reads(bed.fake)).map(({ argv }) => argv);
  assert.ok(!catchUp!.includes('--follow'));
  assert.ok(follow!.includes('--follow') && follow!.includes('--no-tail') && follow!.includes(`--cursor=${cursor}`));
  assert.ok(!follow!.includes('--merge'));
  assert.deepEqual(numbersIn(bed.bytes), [99]);
});

test('a journalctl that refuses --merge only later is taken at its word', async (t) => {
  const bed = await makeBed(t);
  await bed.fake.setScenario({ refusesMergeWithFollow: true }); // as after a downgrade

  bed.source.start();
  await until(async () => (await reads(bed.fake)).length >= 3, { what: 'the two phases' });

  assert.deepEqual(bed.log, []);
  assert.deepEqual(
    (await reads(bed.fake)).map(({ argv }) => [argv.includes('--merge'), argv.includes('--follow')]),
    [
      [true, true],
      [false, false],
      [false, true],
    ],
  );
});

for (const { title, run } of [
  { title: 'exits', run: { cutAt: 5000, ending: { code: 1 } } },
  { title: 'is killed', run: { cutAt: 5000, ending: { signal: 'SIGSEGV' } } },
  { title: 'ends as if all were well', run: { cutAt: 0, ending: { code: 0 } } },
] satisfies { title: string; run: Run }[]) {
  test(`a journalctl that ${title} while following is started again, and that is told once`, async (t) => {
    const bed = await makeBed(t, { scenario: { runs: [run, run, {}] } });

    bed.source.start();
    await until(() => bed.begun.length === 3 && numbersOf(bed).length === 100, { what: 'the third run' });

    assert.equal(bed.counts.get('restart'), 2);
    assert.equal(bed.log.length, 1, bed.log.join(''));
    assert.match(bed.log[0]!, /^<4>journalctl ended with (exit code [01]|signal SIGSEGV); starting it again/);
  });
}

/** Numbers so far; none while an entry is incomplete. */
function numbersOf(bed: Bed): number[] {
  try {
    return numbersIn(bed.bytes);
  } catch {
    return []; // in the middle of an entry
  }
}

test('a journalctl that dies again and again at one place is not started in a hot loop', async (t) => {
  // each run gives some output before it dies, but never anything new
  const bed = await makeBed(t, { scenario: { runs: [{ cutAt: 1000, ending: { signal: 'SIGBUS' } }] } });

  bed.source.start();
  await until(() => bed.begun.length === 4, { what: 'a few restarts' });
  const began = performance.now();
  const before = bed.begun.length;
  await until(() => performance.now() - began > 4000, { what: 'four seconds to pass', deadlineMs: 60_000 });

  const restarts = bed.begun.length - before;
  assert.ok(restarts <= 8, `${restarts} restarts in 4 s`);
});

test('a journalctl that gets on between its deaths is started again soon', async (t) => {
  const entries = [...generateEntries({ count: 400 })];
  const cursors = parseExport(exportText(entries)).map((fields) => valueOf(fields, '__CURSOR')!);
  const bed = await makeBed(t, {
    entries: { count: 400 },
    scenario: { runs: [{ cutAt: 20_000, ending: { code: 1 } }] },
  });
  const began = performance.now();

  bed.source.start();
  for (let n = 1; n <= 12; n++) {
    await until(() => bed.begun.length === n && bed.bytes.length === 20_000, { what: `run ${n}` });
    bed.start = { kind: 'cursor', cursor: cursors[n * 20]! };
  }

  assert.ok(performance.now() - began < 15_000);
});

test('a cursor that is not understood is told, and reading begins anew at once', async (t) => {
  const bed = await makeBed(t);
  bed.start = { kind: 'cursor', cursor: 'nonsense' };

  bed.source.start();
  await until(() => numbersOf(bed).length === 100, { what: 'all entries' });

  assert.equal(bed.badCursors, 1);
  assert.match(
    bed.log.join(''),
    /^<3>journalctl says "Failed to seek to cursor: Invalid argument"; .*initial_position/,
  );
});

test('a directory that appears later is waited for, then read', async (t) => {
  const bed = await makeBed(t, { selection: (folder) => ({ journal_path: join(folder, 'later') }) });

  bed.source.start();
  await until(() => bed.log.length > 0, { what: 'the sentence' });
  await mkdir(join(bed.folder, 'later'));
  await rename(join(bed.folder, 'system.journal'), join(bed.folder, 'later/system.journal'));
  await until(() => numbersOf(bed).length === 100, { what: 'all entries' });

  assert.equal(bed.log.length, 1);
  assert.match(bed.log[0]!, /^<4>there are no journal files in .*\/later yet; waiting for them\.\n$/);
});

test('without following a directory that is not there is a failure, an empty one is the end', async (t) => {
  const missing = await makeBed(t, { follow: false, selection: (folder) => ({ journal_path: join(folder, 'later') }) });
  const empty = await makeBed(t, { follow: false });
  await rename(join(empty.folder, 'system.journal'), join(empty.folder, 'no-journal'));

  missing.source.start();
  empty.source.start();
  await ended(missing);
  await ended(empty);

  assert.match(missing.failure!, /^there are no journal files in .*\/later: no such place; check "journal_path"$/);
  assert.deepEqual([empty.failure, empty.ends], [undefined, 1]);
});

test('without following a journalctl that always fails is given up', { timeout: 180_000 }, async (t) => {
  const run: Run = { stderr: 'Some trouble\n', cutAt: 0, ending: { code: 1 } };
  const bed = await makeBed(t, { follow: false, scenario: { runs: [run] } });

  bed.source.start();
  await ended(bed);

  assert.equal(bed.failure, 'journalctl ended with exit code 1 ("Some trouble")');
  assert.ok(bed.begun.length <= 7, String(bed.begun.length));
});

test('a blocked journalctl is stopped, and started again when there is room', async (t) => {
  const bed = await makeBed(t, { entries: { count: 3000 }, maxBlockedMs: 100 });

  bed.source.start();
  await until(() => bed.bytes.length > 0, { what: 'the first bytes' });
  bed.source.pause();
  const { pid } = (await reads(bed.fake))[0]!;
  await until(() => !isAlive(pid), { what: 'its end' });
  assert.equal(bed.begun.length, 1);
  bed.source.resume();
  await until(() => numbersOf(bed).length === 3000, { what: 'all entries' });

  assert.equal(bed.begun.length, 2);
  assert.deepEqual(bed.log, []);
  assert.equal(bed.counts.get('restart'), undefined);
});

test('a short pause ends nothing', async (t) => {
  const bed = await makeBed(t, { entries: { count: 3000 } });

  bed.source.start();
  await until(() => bed.bytes.length > 0, { what: 'the first bytes' });
  for (let n = 0; n < 20; n++) {
    bed.source.pause();
    await delay(2);
    bed.source.resume();
  }
  await until(() => numbersOf(bed).length === 3000, { what: 'all entries' });

  assert.equal(bed.begun.length, 1);
});

test('one that was stopped because it was blocked has not come to the end, even if room comes first', async (t) => {
  // it has written everything into its pipe and ended well before it is stopped, so it shows exit code 0
  const maxBlockedMs = 1500;
  const bed = await makeBed(t, { entries: { count: 150 }, follow: false, maxBlockedMs });

  bed.source.start();
  await until(() => bed.begun.length === 1, { what: 'the first run', everyMs: 1 });
  bed.source.pause();
  setTimeout(() => {
    bed.source.resume();
  }, maxBlockedMs); // timers of one length come in order: next after the stop
  await ended(bed);

  assert.equal(bed.begun.length, 2);
  assert.deepEqual(numbersIn(bed.bytes), whole(150));
});

test('a stderr full of noise is told in few lines, however different they are', async (t) => {
  const stderr = Array.from({ length: 5000 }, (_, n) => `noise number ${n} ${'x'.repeat(n % 300)}\n`).join('');
  const bed = await makeBed(t, { scenario: { runs: [{ stderr }] } });

  bed.source.start();
  await until(() => numbersOf(bed).length === 100 && bed.counts.get('other') === 5000, { what: 'all of it' });

  assert.ok(bed.log.length <= 20, `${bed.log.length} lines`);
});

test('reading that stands still for longer than any look takes is wedged, unless it was asked to wait', async (t) => {
  const bed = await makeBed(t, { stallCheckMs: 60_000, maxBlockedMs: 60_000 });
  bed.source.start();
  await until(() => numbersIn(bed.bytes).length === 100, { what: 'the entries' });

  assert.equal(isWedgedIn(bed, t, 400_000), false);
  assert.equal(isWedgedIn(bed, t, 440_000), true);
  bed.source.pause();
  assert.equal(isWedgedIn(bed, t, 10_000_000), false);
  bed.source.resume();
  assert.equal(isWedgedIn(bed, t, 400_000), false);
  assert.equal(isWedgedIn(bed, t, 440_000), true);
  await bed.source.stop();
  assert.equal(isWedgedIn(bed, t, 10_000_000), false);
});

test('a journal in which nothing is logged is not wedged, as long as it is looked after', async (t) => {
  const bed = await makeBed(t, { entries: { count: 1 }, stallCheckMs: 300 });
  const looks = async () => (await reads(bed.fake)).filter(({ argv }) => argv.includes('--lines=2')).length;
  bed.source.start();
  await until(() => numbersIn(bed.bytes).length === 1, { what: 'the entry' });
  bed.start = { kind: 'cursor', cursor: String(valueOf(parseExport(bed.bytes)[0]!, '__CURSOR')) };
  const [before, heardMs] = [await looks(), performance.now()];

  await until(async () => (await looks()) >= before + 3, { what: 'three looks' });

  const unlookedMs = 300 * 2 + 12_000 + 300_000 + 10;
  assert.equal(isWedgedIn(bed, t, heardMs + unlookedMs - performance.now()), false);
  assert.equal(isWedgedIn(bed, t, unlookedMs), true);
  assert.deepEqual([bed.begun.length, bed.counts.get('stall')], [1, undefined]);
});

/** What it says of itself when so much time has passed and nothing else has happened. */
function isWedgedIn({ source }: Bed, t: TestContext, ms: number): boolean {
  const nowMs = performance.now() + ms;
  const clock = t.mock.method(performance, 'now', () => nowMs);
  try {
    return source.isWedged;
  } finally {
    clock.mock.restore();
  }
}

test('a line of stderr that never ends costs no memory, and control characters forge no lines', async (t) => {
  const bed = await makeBed(t, {
    scenario: { runs: [{ stderr: `a\x1b[31m\r${'y'.repeat(1 << 20)}`, ending: { code: 1 } }, {}] },
  });

  bed.source.start();
  await until(() => bed.begun.length === 2, { what: 'the second run' });

  for (const line of bed.log) {
    assert.ok(line.length < 10_000, String(line.length));
    // eslint-disable-next-line no-control-regex -- control characters are what this is about
    assert.doesNotMatch(line.slice(0, -1), /[\x00-\x1f]/);
  }
});

test('a journalctl that hears no SIGTERM is killed when the source stops', async (t) => {
  const bed = await makeBed(t, { scenario: { runs: [{ ignoresSigterm: true, ending: 'hang' }] } });
  bed.source.start();
  await until(() => bed.bytes.length > 0, { what: 'the first bytes' });
  const { pid } = (await reads(bed.fake))[0]!;

  await bed.source.stop();

  assert.ok(!isAlive(pid));
});

test('stopping is safe at any time', async (t) => {
  const never = await makeBed(t);
  const twice = await makeBed(t);
  twice.source.start();

  await never.source.stop();
  await Promise.all([twice.source.stop(), twice.source.stop()]);

  assert.deepEqual([...never.log, ...twice.log], []);
});

test('a program that cannot be started is told and tried again', async (t) => {
  const bed = await makeBed(t);
  await rename(bed.fake.path, `${bed.fake.path}.away`);

  bed.source.start();
  await until(() => bed.log.length > 0, { what: 'the complaint' });
  await rename(`${bed.fake.path}.away`, bed.fake.path);
  await until(() => numbersOf(bed).length === 100, { what: 'all entries' });

  assert.match(bed.log[0]!, /journalctl/);
});

test('arguments too long for the system are told, not fatal', async (t) => {
  const units_to_match = Array.from({ length: 30_000 }, (_, n) => `unit-${n}-${'u'.repeat(80)}.service`);
  const bed = await makeBed(t, { selection: () => ({ units_to_match }) });

  bed.source.start();
  await until(() => bed.log.length > 0, { what: 'the complaint' });

  assert.match(bed.log[0]!, /journalctl could not be started: .*E2BIG/);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // gone
  }
}
