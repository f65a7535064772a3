import assert from 'node:assert/strict';
import { appendFile, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkSequence, LineCounter, readJsonLines, sequenceOf, waitForLines } from './lines.ts';

const sequences = [
  { title: 'complete', numbers: [0, 1, 2], missing: [], duplicates: 0, seams: 0, skips: 0 },
  { title: 'empty', numbers: [], missing: [0, 1, 2], duplicates: 0, seams: 0, skips: 0 },
  { title: 'one come again', numbers: [0, 1, 1, 2], missing: [], duplicates: 1, seams: 1, skips: 0 },
  { title: 'many come again', numbers: [0, 1, 2, 0, 1, 2], missing: [], duplicates: 3, seams: 1, skips: 0 },
  { title: 'lost at the start', numbers: [1, 2], missing: [0], duplicates: 0, seams: 0, skips: 1 },
  { title: 'lost in the middle', numbers: [0, 2], missing: [1], duplicates: 0, seams: 0, skips: 1 },
  { title: 'lost at the end', numbers: [0, 1], missing: [2], duplicates: 0, seams: 0, skips: 0 },
  { title: 'swapped', numbers: [0, 2, 1], missing: [], duplicates: 0, seams: 1, skips: 1 },
];

for (const { title, numbers, missing, duplicates, seams, skips } of sequences) {
  test(`a sequence that is ${title} is reported as such`, () => {
    const report = checkSequence(numbers, 3);

    assert.deepEqual(
      { ...report, seams: report.seams.length, skips: report.skips.length },
      { missing, duplicates, seams, skips },
    );
  });
}

test('lines are waited for and read, a torn one is not counted', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lines-'));
  const path = join(folder.path, 'out.jsonl');
  const counter = new LineCounter(path);
  assert.equal(await counter.count(), 0);
  assert.deepEqual(await readJsonLines(path), []);

  const waiting = waitForLines(path, 3);
  await writeFile(path, '{"SEQ":0}\n{"SEQ"');
  assert.equal(await counter.count(), 1);
  await appendFile(path, ':"1"}\n{}\n{"to');

  assert.deepEqual(sequenceOf(await waiting), [0, 1]);
  assert.equal(await counter.count(), 3);
  await writeFile(path, '{}\n');
  assert.equal(await counter.count(), 1);
});

test('a line that is no JSON is named', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lines-'));
  const path = join(folder.path, 'out.jsonl');

  await writeFile(path, '{}\nno\n');

  await assert.rejects(readJsonLines(path), /out\.jsonl:2: no JSON: no/);
});
