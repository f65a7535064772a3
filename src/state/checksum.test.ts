import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { StateError } from '../errors.ts';
import { createLog } from '../telemetry/log.ts';
import { checkedText } from './checksum.ts';
import { StateFile } from './state-file.ts';
import { parseStored, type Stored } from './stored.ts';

const CURSOR = `s=${'a'.repeat(32)};i=2a;b=${'b'.repeat(32)};m=1f;t=38d7ea4c68000;x=${'c'.repeat(16)}`;

/** A state file as a daemon writes it, as bytes. */
async function writtenState(): Promise<Buffer> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'checksum-'));
  const path = join(folder.path, 'state.json');
  const log = createLog({ write: () => undefined });
  const state = await StateFile.load({ path, maxIntervalMs: 1000, log });
  state.reader('system').gaps = [{ kind: 'vacuumed', entries: 7 }] as never;
  for (const name of ['files', 'search', '7']) {
    const sender = state.sender('system', name, 'FileSender');
    sender.sent = { cursor: CURSOR, count: 123, bytes: 456_789, mark: { length: 456_789, 'name é': 'x' } };
    sender.health.last_errors = [
      { code: 'RETRYABLE', message: 'a destination that was dead', time: '2026-01-01T00:00:00.000Z', times: 3 },
    ];
  }
  await state.save();
  return await readFile(path);
}

const read = (bytes: Buffer): Stored => parseStored(checkedText(bytes));

/** What is read, or undefined when it is refused with a reason. */
function readOrRefused(bytes: Buffer): Stored | undefined {
  try {
    return read(bytes);
  } catch (error) {
    assert.ok(error instanceof StateError, String(error));
    return undefined;
  }
}

test('a state file with any one bit changed is refused, or read right', async () => {
  const bytes = await writtenState();
  const whole = read(bytes);
  let refused = 0;

  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const mask = 1 << (bit & 7);
    bytes[bit >> 3]! ^= mask;
    const found = readOrRefused(bytes);
    bytes[bit >> 3]! ^= mask;
    if (found === undefined) refused++;
    else assert.deepEqual(found, whole, `bit ${bit}`);
  }

  assert.ok(refused > bytes.length * 7, `${refused} refused of ${bytes.length * 8}`);
});

test('a state file that is cut off anywhere is refused, or read right', async () => {
  const bytes = await writtenState();
  const whole = read(bytes);

  for (let length = 0; length < bytes.length; length++) {
    const found = readOrRefused(bytes.subarray(0, length));
    if (found !== undefined) assert.deepEqual(found, whole, `${length} bytes`);
  }
});

test('a hole of zeros, as a file system may leave after a power cut, is refused', async () => {
  const bytes = await writtenState();

  for (let at = 0; at + 64 < bytes.length - 60; at += 16) {
    const damaged = Buffer.from(bytes);
    damaged.fill(0, at, at + 64);
    assert.equal(readOrRefused(damaged), undefined, `at ${at}`);
  }
});

test('what was changed by hand or by another program is taken', async () => {
  const text = (await writtenState()).toString();
  const value = JSON.parse(text) as { readers: Stored['readers'] };
  value.readers['system']!.senders['files']!.sent.cursor = null;

  const again = [
    JSON.stringify(value),
    `${JSON.stringify(value, undefined, 2)}\n`,
    text.replace(/,\n {2}"checksum".*/, '').replaceAll(CURSOR, CURSOR.replace('i=2a', 'i=2b')),
  ].map((changed) => readOrRefused(Buffer.from(changed)));

  assert.deepEqual(
    again.map((stored) => stored?.readers['system']?.senders['files']?.sent.cursor),
    [null, null, CURSOR.replace('i=2a', 'i=2b')],
  );
});

test('the refusal says what to do', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'checksum-'));
  const path = join(folder.path, 'state.json');
  const text = (await writtenState()).toString();
  await writeFile(path, text.replace('i=2a', 'i=2b'));

  await assert.rejects(StateFile.load({ path, maxIntervalMs: 1000, log: createLog({ write: () => undefined }) }), {
    message: /does not fit its "checksum" .*by hand may remove that line.*Nothing was changed/,
  });
});
