import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { ENTRY } from '../../src/journal/block.ts';
import { Decoder } from '../../src/journal/decode.ts';
import { parseRecords, type Field } from '../support/export-stream.ts';
import { fuzz } from '../support/fuzz.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { mutatedBy, mutations, type Mutation } from '../support/mutations.ts';
import { need } from '../support/need.ts';
import { pieces } from '../support/reference/arbitraries.ts';
import { decodeAll, plainly, type DecodedEntry } from '../support/reference/decoded.ts';
import { salvage } from '../support/reference/salvage.ts';

/** Of every kind: several lines, beyond ASCII, no UTF-8, long, binary, repeated, empty, without a message. */
const KINDS = [0, 7, 17, 27, 1, 37, 47, 57, 2, 67, 77, 3];

/** What journalctl writes of a real journal, as records. */
async function realRecords(t: TestContext): Promise<Buffer[] | undefined> {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return undefined;
  const journal = await cachedJournal({ count: 400 });
  const stream = execFileSync('journalctl', ['-D', journal, '-o', 'export'], { maxBuffer: 1e8 });
  const records = parseRecords(stream).map(({ bytes }) => bytes);
  return KINDS.map((n) => records[n]!);
}

/** Of the pieces that a stream comes in. */
const sizes = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 20 });

const severalOf = (change: fc.Arbitrary<Mutation>) => fc.array(change, { minLength: 1, maxLength: 3 });

/** Where binary values have their lengths. */
function lengthsIn(stream: Buffer): number[] {
  return [...stream.toString('latin1').matchAll(/\n[A-Z_]+\n(?=.{6}\0\0)/gs)].map(
    ({ 0: name, index }) => index + name.length,
  );
}

const length = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 31n), fc.bigInt(0n, 20_000n)).map((n) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(n);
  return bytes;
});

/** A change anywhere, or another length of a binary value. */
function damages(stream: Buffer): fc.Arbitrary<Mutation[]> {
  const any = mutations('\n', '\n\n', '=', '\n__CURSOR=', '\n__CURSOR=s=1\n', '\nMESSAGE\n', 'X'.repeat(300), '\0');
  const places = fc.constantFrom(...lengthsIn(stream));
  const lie = fc.record({ kind: fc.constant('overwrite' as const), at: places, bytes: length });
  return severalOf(fc.oneof({ weight: 3, arbitrary: any }, lie));
}

const textsOf = (list: readonly (readonly Field[])[]): string[] => list.map((fields) => plainly(fields).join('\n'));

/** Bytes that the decoder keeps for itself. */
function roomOf(decoder: Decoder): number {
  const { bytes, name } = decoder.decode(0);
  return bytes.length + name.length * 11;
}

test('of a damaged stream in any pieces the very entries come that can be had, and no others', async (t) => {
  const records = await realRecords(t);
  if (records === undefined) return;
  const stream = Buffer.concat(records);
  assert.ok(lengthsIn(stream).length >= 3);

  await fuzz(
    t,
    fc.property(damages(stream), sizes, fc.constantFrom(1, 3, Infinity), (list, sizes, take) => {
      const damaged = mutatedBy(stream, list);
      const decoder = new Decoder();
      const before = process.cpuUsage();

      const decoded = decodeAll(decoder, pieces(damaged, sizes), take);
      decoder.finish();

      assert.deepEqual(textsOf(decoded.map(({ fields }) => fields)), textsOf(salvage(damaged)));
      assert.ok(roomOf(decoder) < 2e6, 'it grows');
      assert.ok(process.cpuUsage(before).user < 5e6, 'it hangs');
      assert.deepEqual(decodeAll(decoder, [records[0]!]).length, 1, 'it takes another stream');
    }),
    { runs: 1500, seconds: 6 },
  );
});

test('damage within the text of an entry costs that entry only', async (t) => {
  const records = await realRecords(t);
  if (records === undefined) return;
  const change = mutations('\n', '\n\n', '=', '\n__CURSOR=', 'X'.repeat(300), '\0');
  const any = fc.record({ n: fc.integer({ min: 1, max: records.length - 2 }), sizes, list: severalOf(change) });

  await fuzz(
    t,
    fc.property(any, ({ n, sizes, list }) => {
      // Behind the binary values; the empty line at the end belongs to the next one, too: it tells where that begins.
      const text = textOf(records[n]!);
      const damaged = Buffer.concat([
        records[n]!.subarray(0, -text.length - 1),
        mutatedBy(text, list),
        Buffer.from('\n'),
      ]);
      const stream = Buffer.concat(records.with(n, damaged));

      const decoded = textsOf(decodeAll(new Decoder(), pieces(stream, sizes)).map(({ fields }) => fields));

      const others = textsOf(records.toSpliced(n, 1).map((each) => parseRecords(each)[0]!.fields));
      assert.deepEqual(decoded.slice(0, n), others.slice(0, n));
      assert.deepEqual(decoded.slice(decoded.length - (others.length - n)), others.slice(n));
    }),
    { runs: 1000, seconds: 5 },
  );
});

/** The fields behind the last binary one, without the empty line. */
function textOf(record: Buffer): Buffer {
  const last = lengthsIn(record).at(-1) ?? 0;
  const end = last === 0 ? 0 : last + 8 + Number(record.readBigUInt64LE(last)) + 1;
  return record.subarray(end, -1);
}

test('a single bit that changes costs at most its entry and the next one, unless it is one of a length', async (t) => {
  const records = await realRecords(t);
  if (records === undefined) return;
  const stream = Buffer.concat([records[0]!, records[6]!, records[9]!]);
  const whole = textsOf(decodeAll(new Decoder(), [stream]).map(({ fields }) => fields));
  const lengths = new Set(lengthsIn(stream).flatMap((at) => Array.from({ length: 8 }, (_, n) => at + n)));

  for (let bit = 0; bit < stream.length * 8; bit += 31) {
    const at = bit >> 3;
    stream[at]! ^= 1 << (bit & 7);
    const found = textsOf(decodeAll(new Decoder(), [stream]).map(({ fields }) => fields));
    stream[at]! ^= 1 << (bit & 7);

    const lost = whole.filter((text) => !found.includes(text)).length;
    assert.ok(lost <= (lengths.has(at) ? 3 : 2), `bit ${bit}: ${lost} lost`);
    assert.ok(found.length <= whole.length);
  }
});

test('whatever lengths are claimed, little is kept, and what is given as whole is whole', async (t) => {
  const records = await realRecords(t);
  if (records === undefined) return;
  const stream = Buffer.concat([...records, ...records]);
  const isWhole = ({ flags }: DecodedEntry): boolean => (flags & ENTRY.CUT) === 0;

  await fuzz(
    t,
    fc.property(damages(stream), fc.integer({ min: 500, max: 5000 }), (list, size) => {
      const damaged = mutatedBy(stream, list);
      const decoder = new Decoder({ maxRecordBytes: 8000 });

      const decoded = decodeAll(decoder, pieces(damaged, [size]));

      for (const { fields } of decoded.filter(isWhole)) assert.ok(stands(fields, damaged), 'half an entry');
      assert.ok(roomOf(decoder) < 1e6, 'it grows');
    }),
    { runs: 600, seconds: 5 },
  );
});

/** Whether that is what an entry is that begins somewhere in the stream. */
function stands(fields: readonly Field[], stream: Buffer): boolean {
  const text = plainly(fields).join('\n');
  const cursor = Buffer.from(`${plainly(fields)[0]!}\n`, 'latin1');
  for (let at = stream.indexOf(cursor); at >= 0; at = stream.indexOf(cursor, at + 1)) {
    if (textsOf(salvage(stream.subarray(at)).slice(0, 1))[0] === text) return true;
  }
  return false;
}
