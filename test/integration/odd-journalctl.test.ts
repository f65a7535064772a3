import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Daemon, runOnce } from '../support/daemon.ts';
import { generateEntries } from '../support/entries.ts';
import { exportText } from '../support/export-stream.ts';
import { FakeJournalctl } from '../support/fake-journalctl.ts';
import type { Run, Scenario } from '../support/fake-journalctl/scenario.ts';
import { checkSequence, readJsonLines, sequenceOf } from '../support/lines.ts';
import { cpuSeconds, isRunning, openFiles } from './processes.ts';
import { Place } from './place.ts';

const COUNT = 300;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };
const entries = [...generateEntries({ count: COUNT })];
const size = exportText(entries).length;

/** A place with a journal directory for the daemon to find, and a fake journalctl over the entries. */
async function makeBed(scenario: Scenario) {
  const place = await Place.make();
  const journal_path = join(place.path, 'journal');
  await mkdir(journal_path);
  await writeFile(join(journal_path, 'system.journal'), '');
  const fake = await FakeJournalctl.create(entries, scenario);
  const config = place.config({ reader: { journal_path }, top: { journalctl_path: fake.path } });
  const reads = async () => (await fake.calls()).filter(({ argv }) => argv.includes(`--directory=${journal_path}`));
  const numbers = async () => sequenceOf(await readJsonLines(place.output()));
  return {
    config,
    reads,
    numbers,
    all: async () => (await numbers()).at(-1) === COUNT - 1,
    [Symbol.asyncDispose]: async () => {
      await fake[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

const ending = fc.constantFrom<NonNullable<Run['ending']>>(
  { code: 0 },
  { code: 1 },
  { code: 137 },
  { signal: 'SIGKILL' },
  { signal: 'SIGSEGV' },
  { signal: 'SIGTERM' },
);
const death: fc.Arbitrary<Run> = fc.record({ cutAt: fc.integer({ min: 0, max: size }), ending });

test(
  'a journalctl that dies at any byte, several times, costs nothing and repeats nothing',
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(death, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (deaths, refusesMergeWithFollow) => {
          await using bed = await makeBed({ refusesMergeWithFollow, runs: [...deaths, {}] });
          await using daemon = await Daemon.start(bed.config);

          await daemon.waitFor(bed.all, 'the last entry');
          const { code, stderr } = await daemon.stop();

          assert.equal(code, 0, stderr);
          assert.deepEqual(checkSequence(await bed.numbers(), COUNT), complete);
          assert.doesNotMatch(stderr, /\n {4}at /);
        },
      ),
      { numRuns: 8, seed: 3, endOnFailure: true },
    );
  },
);

test('with --once it is tried again, and the end is the end', { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: size - 1 }), async (cutAt) => {
      await using bed = await makeBed({ runs: [{ cutAt, ending: { signal: 'SIGKILL' } }, {}] });

      const { code, stderr } = await runOnce(bed.config);

      assert.equal(code, 0, stderr);
      assert.deepEqual(checkSequence(await bed.numbers(), COUNT), complete);
    }),
    { numRuns: 5, seed: 4, endOnFailure: true },
  );
});

test('garbage in the middle costs at most the entry that it lies in, and is told', async () => {
  await using bed = await makeBed({
    runs: [{ garbage: { at: Math.floor(size / 2), bytes: '\0\xff garbage \n\n\x07' } }, {}],
  });

  const { code, stderr } = await runOnce(bed.config);

  assert.equal(code, 0);
  const { missing, duplicates, seams } = checkSequence(await bed.numbers(), COUNT);
  assert.ok(missing.length <= 1, String(missing));
  assert.deepEqual({ duplicates, seams }, { duplicates: 0, seams: [] });
  if (missing.length > 0) assert.match(stderr, /ERROR|WARN/, 'an entry is gone without a word');
});

test('one that writes nothing but noise to stderr delivers its entries and is told in few lines', async () => {
  const stderr = Array.from({ length: 3000 }, (_, n) => `warning ${n}: something is odd\n`).join('');
  await using bed = await makeBed({ runs: [{ stderr }] });

  const end = await runOnce(bed.config);

  assert.equal(end.code, 0);
  assert.deepEqual(checkSequence(await bed.numbers(), COUNT), complete);
  assert.ok(end.stderr.split('\n').length < 20, `${end.stderr.split('\n').length} lines`);
});

test(
  'one that dies at once, again and again, is started seldom, and costs neither files nor time',
  { timeout: 180_000 },
  async () => {
    await using bed = await makeBed({ runs: [{ cutAt: 700, ending: { signal: 'SIGSEGV' } }] });
    await using daemon = await Daemon.start(bed.config);
    await daemon.waitFor(async () => (await bed.reads()).length >= 3, 'three starts');
    const [files, cpu, began] = [await openFiles(daemon.pid), await cpuSeconds(daemon.pid), performance.now()];

    await daemon.waitFor(() => performance.now() - began > 8000, 'eight seconds');

    const starts = (await bed.reads()).length - 3;
    assert.ok(starts <= 12, `${starts} starts in 8 s`);
    assert.ok((await openFiles(daemon.pid)) <= files + 4);
    assert.ok((await cpuSeconds(daemon.pid)) - cpu < 1);
    const { stderr } = await daemon.stop();
    assert.ok(stderr.split('\n').length < 8, stderr);
  },
);

test('many deaths leak no files', async () => {
  // each of them gets some entries further, so that it is started again soon
  await using bed = await makeBed({ runs: [{ cutAt: 12_000, ending: { code: 1 } }] });
  await using daemon = await Daemon.start(bed.config);
  await daemon.waitFor(async () => (await bed.reads()).length >= 3, 'a few starts');
  const files = await openFiles(daemon.pid);

  await daemon.waitFor(async () => (await bed.reads()).length >= 18, 'many starts');

  assert.ok((await openFiles(daemon.pid)) <= files + 4, `${await openFiles(daemon.pid)} of ${files}`);
  const numbers = await bed.numbers();
  assert.deepEqual(checkSequence(numbers, numbers.length), complete);
  const { stderr } = await daemon.stop();
  assert.ok(stderr.split('\n').length < 8, stderr);
});

for (const ignoresSigterm of [false, true]) {
  test(`one that hangs${ignoresSigterm ? ' and hears no SIGTERM' : ''} does not outlive the daemon`, async () => {
    await using bed = await makeBed({ runs: [{ ending: 'hang', ignoresSigterm }] });
    await using daemon = await Daemon.start(bed.config);
    await daemon.waitFor(bed.all, 'the last entry');
    const { pid } = (await bed.reads())[0]!;
    const began = performance.now();

    const { code } = await daemon.stop();

    assert.equal(code, 0);
    assert.ok(!(await isRunning(pid)));
    assert.ok(performance.now() - began < 9000);
  });
}
