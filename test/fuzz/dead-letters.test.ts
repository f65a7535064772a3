import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { previewOf } from '../../src/cli/redrive/preview.ts';
import { payloadOf } from '../../src/pipeline/batch-part.ts';
import { redrive } from '../../src/pipeline/redrive.ts';
import type { Sender } from '../../src/senders/sender.ts';
import { payloadToKeep, type DeadLetter } from '../../src/state/dead-letter.ts';
import { DeadLetterFile } from '../../src/state/dead-letter-file.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { fuzz } from '../support/fuzz.ts';
import { mutatedBy, mutations } from '../support/mutations.ts';

/** Every case syncs files: no matter for a disk. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const PAYLOADS = [
  '{"MESSAGE":"plain"}\n',
  '{"MESSAGE":"two\u2028lines to some, and \u2029 paragraphs"}\n',
  `{"MESSAGE":"${'long '.repeat(100)}"}\n`,
  '{"MESSAGE":"größe 日本語 👩‍💻 \u202e"}\n',
  '{"MESSAGE":"a\\r\\nb\\u0000"}\n',
  Buffer.from('{"MESSAGE":"no UTF-8: \xff\xfe"}\n', 'latin1'),
  'no line',
].map((payload) => Buffer.from(payload as string));

const LETTERS = PAYLOADS.map((payload, n): DeadLetter => ({
  reader: 'sys',
  sender: 'es',
  time: '2026-11-21T10:00:00.000Z',
  cursor: `c${n}`,
  reason: 'mapper_parsing_exception',
  attempts: 1,
  ...(n % 2 === 0 && { realtime_us: 1_767_225_600_000_000 + n, fields: { UNIT: `u${n}.service`, HOST: null } }),
  ...payloadToKeep(payload),
}));

/** A place for dead letters, and a destination that takes all that it is sent. */
async function makeBed(t: TestContext) {
  const folder = await mkdtempDisposable(join(MEMORY, 'dead-fuzz-'));
  t.after(() => folder.remove());
  const file = new DeadLetterFile(join(folder.path, 'sys.es.jsonl'), 1e6);
  await file.add(LETTERS);
  const whole = await readFile(file.path);
  const taken: Buffer[] = [];
  const sender: Sender = {
    connect: () => Promise.resolve(),
    send: (batch) => {
      for (let i = 0; i < batch.ends.length; i++) taken.push(Buffer.from(payloadOf(batch, i)));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const run = async (bytes: Buffer, head?: readonly string[]) => {
    taken.length = 0;
    await writeFile(file.path, bytes);
    const preview = await previewOf('sys.es', file, true);
    const result = await redrive({
      file,
      head,
      limits: { batchMaxEntries: 3, batchMaxBytes: 10_000 },
      log: createLog({ write: () => undefined }),
      stop: new AbortController().signal,
      patienceMs: 5000,
      createSender: () => Promise.resolve(sender),
    });
    const left = (await readdir(folder.path)).includes('sys.es.jsonl') ? await readFile(file.path) : Buffer.alloc(0);
    return { preview, result, left, taken: [...taken] };
  };
  return { whole, run };
}

const lines = (bytes: Buffer): string[] =>
  bytes
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');

test('all that was kept is sent, byte for byte, whatever is in it', async (t) => {
  const { whole, run } = await makeBed(t);

  const { taken, result, left } = await run(whole);

  assert.deepEqual(taken, PAYLOADS);
  assert.deepEqual([result.accepted, result.unreadable, left.length], [PAYLOADS.length, 0, 0]);
});

test('of a damaged file only whole letters are sent, and all else stays as it is and is told', async (t) => {
  const { whole, run } = await makeBed(t);
  const known = new Map(PAYLOADS.map((payload) => [payload.toString('latin1'), true]));
  const original = lines(whole);
  const change = mutations('\n', '"', '\\', '{', '}', '\xe2\x80\xa8', '\0', ',"payload":"', original[0]!);

  await fuzz(
    t,
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(undefined, ['UNIT'], ['HOST', 'MESSAGE']),
      async (list, head) => {
        const damaged = mutatedBy(whole, list);

        const { taken, result, left, preview } = await run(damaged, head);

        const sent = taken.map((payload) => {
          const text = payload.toString('latin1');
          return head === undefined ? text : text.slice(text.indexOf('\n') + 1);
        });
        // Without a checksum a person has written it, who may: damage that takes out just the checksum cannot be told from that.
        const mayBeNew = lines(damaged).some((line) => !line.includes('"checksum"'));
        for (const payload of sent) assert.ok(known.has(payload) || mayBeNew, `sent: ${payload}`);
        const strays = lines(damaged).filter((line) => !original.includes(line));
        const intact = lines(damaged).length - strays.length;
        assert.ok(sent.length >= intact, `${sent.length} sent of ${intact}`);
        assert.equal(sent.length + result.unreadable, damaged.length === 0 ? 0 : linesIn(damaged));
        assert.equal(lines(left).length, strays.length - (sent.length - intact));
        for (const line of lines(left)) assert.ok(strays.includes(line), 'what stays is as it was');
        assert.doesNotMatch(preview, /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      },
    ),
    { runs: 400, seconds: 10 },
  );
});

function linesIn(bytes: Buffer): number {
  const parts = bytes.toString('latin1').split('\n');
  return parts.at(-1) === '' ? parts.length - 1 : parts.length;
}

test('letters that a person has written are sent, or told to be none', async (t) => {
  const { run } = await makeBed(t);
  const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', {}, [], -1, 1e308, '__proto__', { a: 1 }));
  const keys = ['time', 'cursor', 'reason', 'attempts', 'realtime_us', 'fields', 'payload', 'payload_base64'];
  const edits = fc.dictionary(fc.constantFrom(...keys, '__proto__', 'checksum'), odd, { maxKeys: 4 });

  await fuzz(
    t,
    fc.asyncProperty(fc.nat(LETTERS.length - 1), edits, async (n, edit) => {
      const text = JSON.stringify({ ...LETTERS[n], ...edit });

      const { taken, result, left } = await run(Buffer.from(`${text}\n`), ['UNIT']);

      assert.equal(taken.length + result.unreadable, 1);
      assert.equal(left.toString(), taken.length === 1 ? '' : `${text}\n`);
    }),
    { runs: 300, seconds: 8 },
  );
});
