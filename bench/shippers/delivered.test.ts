import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { deliveredIn, lastIn } from './delivered.ts';
import type { Output } from './shipper.ts';

async function withOutput(kind: Output['kind'], text: string, use: (output: Output) => Promise<void>): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'delivered-'));
  const path = join(folder.path, 'output');
  await writeFile(path, text, 'latin1');
  await use({ kind, path });
}

test('numbers are found as text and as numbers, and lines that are no whole entry are counted', async () => {
  const text = '{"SEQ":0}\n{"SEQ": "1", "a": "\xff"}\n{"SEQ":2,"MESS{"SEQ":"3"}\n{"SEQ":2}\n{"SEQ":2}\n{"SEQ":3,';

  await withOutput('lines', text, async (output) => {
    assert.deepEqual(await deliveredIn(output), { numbers: [0, 1, 2, 2], torn: 2 });
  });
});

test('the numbers of the export format are fields of their own', async () => {
  await withOutput('export', 'SEQ=4\nMESSAGE=SEQ=9\n\nSEQ=5\n\n', async (output) => {
    assert.deepEqual(await deliveredIn(output), { numbers: [4, 5], torn: 0 });
  });
});

test('the last entry is that of the last whole line', async () => {
  await withOutput('lines', '{"SEQ":41}\n{"SEQ":42,"a":1}\n{"SEQ":43,', async (output) => {
    assert.equal(await lastIn(output), 42);
  });
});

test('an output that is not there, or has no whole line, has no last entry', async () => {
  await withOutput('lines', '{"SEQ":43,', async (output) => {
    assert.equal(await lastIn(output), undefined);
    assert.equal(await lastIn({ ...output, path: `${output.path}-not` }), undefined);
  });
});
