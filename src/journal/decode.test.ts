import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { generateEntries } from '../../test/support/entries.ts';
import { exportText, parseExport, type Field } from '../../test/support/export-stream.ts';
import { entries, fieldsOf, pieces, pieceSizes, writeEntry } from '../../test/support/reference/arbitraries.ts';
import type { WrittenField } from '../../test/support/reference/arbitraries.ts';
import { decodeAll, plainly, type DecodedEntry } from '../../test/support/reference/decoded.ts';
import { salvage } from '../../test/support/reference/salvage.ts';
import { CARE, ENTRY } from './block.ts';
import { CUT_VALUE_BYTES, Decoder } from './decode.ts';
import { MAX_FIELD_NAMES } from './field-names.ts';

const journal = fc.array(entries, { maxLength: 6 });
const takes = fc.constantFrom(1, 2, 3, Infinity);
const noErrors = { malformed: 0, truncated: 0, cut: 0 };

/** A field in text form, or in binary form where text does not do. */
function field(name: string, value: string | Buffer, isBinary = false): WrittenField {
  return { name, value: Buffer.from(value as string), isBinary };
}

function entry(cursor: string, ...fields: WrittenField[]): Buffer {
  return writeEntry([field('__CURSOR', cursor), ...fields]);
}

function cursorsOf(decoded: readonly DecodedEntry[]): string[] {
  return decoded.map(({ fields }) => fields[0]![1].toString());
}

/** Bytes that the decoder keeps for itself. */
function roomOf(decoder: Decoder): number {
  const { bytes, name } = decoder.decode(0);
  return bytes.length + name.length * 11;
}

function assertSameEntries(actual: readonly DecodedEntry[], expected: readonly (readonly Field[])[]): void {
  assert.deepEqual(
    actual.map(({ fields }) => plainly(fields)),
    expected.map((fields) => plainly(fields)),
  );
}

/** What the decoder must know of an entry, from the words of block.ts. */
function describeFields(fields: readonly Field[]): { flags: number; cares: number[] } {
  const keys = fields.map(([name]) => name.replace(/^_+/, ''));
  return {
    flags: new Set(keys).size < keys.length ? ENTRY.REPEATS : 0,
    cares: fields.map(([, value]) => {
      const mustEscape = value.some((c) => c < 0x20 || c === 0x22 || c === 0x5c || c === 0x7f);
      return (mustEscape ? CARE.ESCAPE : CARE.NONE) | (value.some((c) => c >= 0x80) ? CARE.NON_ASCII : CARE.NONE);
    }),
  };
}

test('gives the entries of any stream in any pieces, as many at a time as asked for', () => {
  fc.assert(
    fc.property(journal, pieceSizes, takes, (written, sizes, take) => {
      const texts = written.map(writeEntry);
      const stream = Buffer.concat(texts);
      const decoder = new Decoder();

      const decoded = decodeAll(decoder, pieces(stream, sizes), take);

      assertSameEntries(decoded, parseExport(stream));
      assert.deepEqual(
        decoded.map(({ flags, cares }) => ({ flags, cares })),
        written.map((each) => describeFields(fieldsOf(each))),
      );
      assert.deepEqual(
        decoded.map(({ rawBytes }) => rawBytes),
        texts.map(({ length }) => length),
      );
      decoder.finish();
      assert.deepEqual(decoder.errors, noErrors);
    }),
    { numRuns: 500 },
  );
});

test('gives realistic entries with every kind of value, in chunks as a pipe has them', () => {
  const stream = exportText(generateEntries({ count: 3000, hugeEvery: 1000, hugeBytes: 200_000 }));

  for (const size of [4096, 65_536, 65_537, stream.length]) {
    const decoder = new Decoder();
    const decoded = decodeAll(decoder, pieces(stream, [size]), 1024);
    assertSameEntries(decoded, parseExport(stream));
    assert.deepEqual(decoder.errors, noErrors);
  }
});

test('gives at most as many entries as asked for, and the others later', () => {
  const decoder = new Decoder();
  decoder.push(Buffer.concat(['a', 'b', 'c', 'd', 'e'].map((cursor) => entry(cursor, field('MESSAGE', 'x')))));

  assert.deepEqual([decoder.decode(2).count, decoder.decode(0).count, decoder.decode(2).count], [2, 0, 2]);
  assert.equal(decoder.decode(2).cursor(0), 'e');
  assert.equal(decoder.decode(2).count, 0);
});

test('takes empty values, a cursor inside a value and a value that looks like an entry', () => {
  const inner = '\n__CURSOR=fake\n__REALTIME_TIMESTAMP=1\nMESSAGE=fake\n\n__CURSOR=fake2\n\n';
  const stream = Buffer.concat([
    entry('1', field('MESSAGE', inner), field('EMPTY', ''), field('ALSO_EMPTY', '', true)),
    entry('2', field('MESSAGE', '__CURSOR=no'), field('X', '\n'), field('Y', '\n\n\n')),
  ]);

  for (let size = 1; size <= stream.length; size++) {
    assertSameEntries(decodeAll(new Decoder(), pieces(stream, [size])), parseExport(stream));
  }
});

test('passes over blank lines between records without keeping them', () => {
  const decoder = new Decoder();
  const blank = Buffer.alloc(1 << 20, '\n');

  for (let n = 0; n < 50; n++) assert.deepEqual(decodeAll(decoder, [blank]), []);
  const decoded = decodeAll(decoder, [entry('1', field('MESSAGE', 'x'))]);

  assert.ok(roomOf(decoder) < 4e6);
  assert.deepEqual(cursorsOf(decoded), ['1']);
  assert.equal(decoded[0]!.rawBytes, entry('1', field('MESSAGE', 'x')).length);
});

type Damage =
  | { kind: 'flip'; at: number; with: number }
  | { kind: 'insert'; at: number; bytes: Uint8Array }
  | { kind: 'delete'; at: number; count: number }
  | { kind: 'cut off'; at: number };

const place = fc.nat(1 << 20);
const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, with: fc.integer({ min: 1, max: 255 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom('\n', '=', '\n__CURSOR=', 'X'.repeat(300)).map((text) => Buffer.from(text)),
    ),
  }),
  fc.record({ kind: fc.constant('delete' as const), at: place, count: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant('cut off' as const), at: place }),
);

function damage(stream: Buffer, wanted: Damage): Buffer {
  const at = wanted.at % (stream.length + 1);
  const [before, after] = [stream.subarray(0, at), stream.subarray(at)];
  if (wanted.kind === 'insert') return Buffer.concat([before, wanted.bytes, after]);
  if (wanted.kind === 'delete') return Buffer.concat([before, after.subarray(wanted.count)]);
  if (wanted.kind === 'cut off') return Buffer.from(before);
  const flipped = Buffer.from(stream);
  if (at < stream.length) flipped[at]! ^= wanted.with;
  return flipped;
}

test('gives what can be had of a damaged stream, whatever the pieces', () => {
  fc.assert(
    fc.property(
      journal,
      fc.array(damages, { minLength: 1, maxLength: 3 }),
      pieceSizes,
      takes,
      (written, wanted, sizes, take) => {
        const damaged = wanted.reduce(damage, Buffer.concat(written.map(writeEntry)));
        const decoder = new Decoder();

        const decoded = decodeAll(decoder, pieces(damaged, sizes), take);

        assertSameEntries(decoded, salvage(damaged));
      },
    ),
    { numRuns: 500 },
  );
});

test('counts damage and gives every intact record after it', () => {
  const textOnly = fc.array(fc.array(fc.stringMatching(/^[ -~]{0,30}$/), { maxLength: 5 }), {
    minLength: 3,
    maxLength: 8,
  });

  fc.assert(
    fc.property(textOnly, damages, fc.nat(), pieceSizes, (messages, wanted, which, sizes) => {
      const texts = messages.map((values, n) => entry(`c${n}`, ...values.map((value, v) => field(`F${v}`, value))));
      const hurt = which % texts.length;
      const spoilt = damage(texts[hurt]!, wanted);
      const stream = Buffer.concat(texts.with(hurt, spoilt));
      const decoder = new Decoder();

      const cursors = cursorsOf(decodeAll(decoder, pieces(stream, sizes)));

      // A record that has lost its first line's newline swallows the next one's.
      const intact = texts
        .map((_, n) => `c${n}`)
        .filter((_, n) => n < hurt || n > hurt + (spoilt.at(-1) === 0x0a ? 0 : 1));
      assert.deepEqual(
        intact.filter((cursor) => !cursors.includes(cursor)),
        [],
      );
      decoder.finish();
      const lost = texts.length - cursors.length;
      const { malformed, truncated } = decoder.errors;
      // What takes a whole record away, or joins it with the next one, leaves no trace.
      const isSeen = spoilt.length > 1 && spoilt.subarray(-2).equals(Buffer.from('\n\n'));
      if (isSeen && lost > 0) assert.ok(malformed + truncated > 0, JSON.stringify({ lost, malformed, truncated }));
    }),
    { numRuns: 500 },
  );
});

for (const [what, garbage] of [
  ['text', 'hello\n'],
  ['no newline before the next record', 'hello'],
  ['a name that is too long', `${'X'.repeat(300)}=1\n`],
  ['an empty name', '=1\n'],
  ['a field outside of a record', 'MESSAGE=x\n\n'],
  ['zeros', '\0'.repeat(100)],
  ['a length over 4 GiB', 'MESSAGE\n\0\0\0\0\x01\0\0\0'],
  ['a length that leads nowhere', 'MESSAGE\n\x02\0\0\0\0\0\0\0xyz\n'],
  ['a length over what journald stores', 'MESSAGE\n\0\0\0\x50\0\0\0\0'],
] as const) {
  test(`goes on with the next record after ${what}`, () => {
    const [one, two] = [entry('1', field('A', 'x')), entry('2', field('A', 'y'))];
    const inside = Buffer.concat([one.subarray(0, -1), Buffer.from(garbage, 'latin1'), Buffer.from('\n'), two]);
    const between = Buffer.concat([one, Buffer.from(garbage, 'latin1'), Buffer.from('\n'), two]);

    for (const size of [1, 7, 1000]) {
      const decoder = new Decoder();
      assert.equal(cursorsOf(decodeAll(decoder, pieces(between, [size]))).join(), '1,2');
      assert.equal(decoder.errors.malformed, 1);
    }
    for (let size = 1; size <= inside.length; size++) {
      assertSameEntries(decodeAll(new Decoder(), pieces(inside, [size])), salvage(inside));
    }
  });
}

test('a record that breaks off before the next one is counted and left out', () => {
  const decoder = new Decoder();
  const stream = Buffer.concat([entry('1', field('A', 'x')).subarray(0, -1), entry('2')]);

  assert.deepEqual(cursorsOf(decodeAll(decoder, [stream])), ['2']);
  assert.deepEqual(decoder.errors, { malformed: 1, truncated: 0, cut: 0 });
});

test('takes a new stream after `finish`, and counts a record that was begun', () => {
  fc.assert(
    fc.property(entries, entries, fc.nat(), pieceSizes, (first, second, cutAt, sizes) => {
      const [begun, next] = [writeEntry(first), writeEntry(second)];
      const length = cutAt % begun.length;
      const decoder = new Decoder({ maxRecordBytes: 200 });

      assert.deepEqual(decodeAll(decoder, pieces(begun.subarray(0, length), sizes)), []);
      decoder.finish();

      assert.equal(decoder.errors.truncated, length > 0 ? 1 : 0);
      assertSameEntries(decodeAll(decoder, [next]), [fieldsOf(second)]);
    }),
    { numRuns: 300 },
  );
});

test('takes a new stream after one that ended in garbage', () => {
  const decoder = new Decoder();
  assert.deepEqual(decodeAll(decoder, [Buffer.from('garbage')]), []);

  decoder.finish();

  assert.deepEqual(cursorsOf(decodeAll(decoder, [entry('1')])), ['1']);
});

test('counts nothing as truncated when all records were complete, also before the next call of `decode`', () => {
  const decoder = new Decoder();
  decoder.push(entry('1', field('A', 'x')));
  assert.equal(decoder.decode().count, 1);

  decoder.finish();

  assert.equal(decoder.errors.truncated, 0);
});

const MAX_RECORD_BYTES = 20_000;

/** Whole unless the entry is too large; then each field is there, with the beginning of its value. */
function assertKept(
  whole: Field[],
  kept: Field[],
  isCut: boolean,
  { rawBytes, size }: { rawBytes: number; size: number },
): void {
  assert.equal(rawBytes, size);
  assert.ok(size > MAX_RECORD_BYTES || !isCut);
  assert.ok(size < MAX_RECORD_BYTES + 8000 || isCut);
  if (!isCut) {
    assert.deepEqual(plainly(kept), plainly(whole));
    return;
  }
  assert.deepEqual(
    kept.map(([name]) => name),
    whole.map(([name]) => name),
  );
  for (const [f, [, value]] of kept.entries()) {
    assert.ok(whole[f]![1].subarray(0, value.length).equals(value));
    assert.ok(value.length === whole[f]![1].length || value.length <= CUT_VALUE_BYTES);
  }
  assert.equal(plainly([kept[0]!])[0], plainly([whole[0]!])[0]);
}

test('keeps the beginning of values that make an entry too large, and all other entries whole', () => {
  const huge = fc
    .record({
      size: fc.integer({ min: 1, max: 60_000 }),
      isBinary: fc.boolean(),
      fill: fc.constantFrom('x', '\n', '\n__CURSOR=y\n', 'é"'),
    })
    .map(({ size, isBinary, fill }) =>
      field('HUGE', Buffer.alloc(size, isBinary ? fill : fill.replaceAll('\n', '')), isBinary),
    );
  const mixed = fc.array(
    fc
      .tuple(entries, fc.option(huge), fc.option(huge))
      .map(([each, a, b]) => [...each, ...(a ? [a] : []), ...(b ? [b] : []), field('LAST', 'z')]),
    { minLength: 1, maxLength: 4 },
  );

  fc.assert(
    fc.property(
      mixed,
      fc.array(fc.integer({ min: 1000, max: 8000 }), { minLength: 1, maxLength: 5 }),
      takes,
      (written, sizes, take) => {
        const texts = written.map(writeEntry);
        const decoder = new Decoder({ maxRecordBytes: MAX_RECORD_BYTES });

        const decoded = decodeAll(decoder, pieces(Buffer.concat(texts), sizes), take);

        assert.equal(decoded.length, written.length);
        for (const [n, { fields, flags, rawBytes }] of decoded.entries())
          assertKept(fieldsOf(written[n]!), fields, (flags & ENTRY.CUT) !== 0, { rawBytes, size: texts[n]!.length });
        assert.equal(decoder.errors.cut, decoded.filter(({ flags }) => (flags & ENTRY.CUT) !== 0).length);
        assert.equal(decoder.errors.malformed, 0);
      },
    ),
    { numRuns: 200 },
  );
});

for (const form of ['text', 'binary'] as const) {
  test(`a huge value in ${form} form is thrown away as it comes; what follows it is decoded at once`, () => {
    const decoder = new Decoder({ maxRecordBytes: 100_000 });
    const big = entry('2', field('MESSAGE', Buffer.alloc(5_000_000, 'x'), form === 'binary'), field('AFTER', 'y'));
    const stream = Buffer.concat([entry('1', field('A', 'x')), big, entry('3', field('A', 'x'))]);

    const decoded = decodeAll(decoder, pieces(stream, [65_536]));

    assert.deepEqual(cursorsOf(decoded), ['1', '2', '3']);
    assert.equal(decoded[1]!.flags, ENTRY.CUT);
    assert.equal(decoded[1]!.rawBytes, big.length);
    assert.deepEqual(plainly(decoded[1]!.fields.slice(2)), ['AFTER=y']);
    assert.equal(decoder.errors.cut, 1);
    assert.ok(roomOf(decoder) < 1e6);
  });
}

test('sees that a huge length does not lead to the end of a value', () => {
  const decoder = new Decoder({ maxRecordBytes: 10_000 });
  const honest = entry('1', field('MESSAGE', 'A='.repeat(15_000), true), field('NEXT', 'b'));
  const lying = Buffer.from(honest);
  // What follows the wrong end looks like another field.
  lying.writeUInt32LE(29_989, lying.indexOf('MESSAGE\n') + 8);

  const decoded = decodeAll(decoder, pieces(Buffer.concat([lying, entry('2')]), [4096]));

  assert.deepEqual(cursorsOf(decoded), ['2']);
  assert.deepEqual(decoder.errors, { malformed: 1, truncated: 0, cut: 1 });
});

test('an entry of many middling values that is far too large is kept in part, too', () => {
  const decoder = new Decoder({ maxRecordBytes: 100_000 });
  const fields = Array.from({ length: 1000 }, (_, n) => field(`F${n % 900}`, Buffer.alloc(30_000, 'x'), n % 3 === 0));
  const big = entry('1', ...fields, field('LAST', 'z'));
  const stream = Buffer.concat([big, entry('2')]);

  const decoded = decodeAll(decoder, pieces(stream, [16_384]));

  assert.deepEqual(cursorsOf(decoded), ['1', '2']);
  assert.equal(decoded[0]!.rawBytes, big.length);
  assert.equal(decoded[0]!.flags & ENTRY.CUT, ENTRY.CUT);
  assert.deepEqual(
    decoded[0]!.fields.map(([name]) => name),
    ['__CURSOR', ...fields.map(({ name }) => name), 'LAST'],
  );
  assert.deepEqual(decoder.errors, { malformed: 0, truncated: 0, cut: 1 });
  assert.ok(roomOf(decoder) < 9e6);
});

for (const [what, line] of [
  ['fields without an end', 'MESSAGE=x\n'],
  ['cursors without an end', '__CURSOR=x\n'],
  ['a line without an end', 'x'],
  ['a name without an end', 'X'],
  ['garbage', 'hello world\n'],
] as const) {
  test(`stays small and quick with ${what}`, () => {
    const decoder = new Decoder({ maxRecordBytes: 1 << 20 });
    const chunk = Buffer.alloc(65_536, line);
    const before = process.cpuUsage();

    decodeAll(decoder, [Buffer.from('__CURSOR=1\n')]);
    for (let n = 0; n < 800; n++) assert.deepEqual(decodeAll(decoder, [chunk]), []);
    const decoded = decodeAll(decoder, [Buffer.from('\n'), entry('2'), entry('3')]);

    assert.equal(cursorsOf(decoded).at(-1), '3');
    assert.ok(roomOf(decoder) < 5e6);
    assert.ok(process.cpuUsage(before).user < 5e6);
  });
}

test('loses nothing when there are more names than it knows by number', () => {
  const decoder = new Decoder();
  const written = Array.from({ length: 60 }, (_, n) => [
    field('__CURSOR', `${n}`),
    ...Array.from({ length: 1000 }, (_, f) =>
      field(`${f % 2 ? '_' : ''}NAME_${n}_${f >> 1}`, `${n} ${f}`, f % 7 === 0),
    ),
    field('MESSAGE', 'x'),
  ]);
  const stream = Buffer.concat(written.map(writeEntry));

  assert.ok(60 * 1000 > 3 * MAX_FIELD_NAMES);
  for (const size of [5000, 65_536, stream.length]) {
    const decoded = decodeAll(decoder, pieces(stream, [size]));
    assertSameEntries(decoded, written.map(fieldsOf));
    assert.ok(decoded.every(({ flags }) => flags === ENTRY.REPEATS));
  }
  assert.deepEqual(decoder.errors, noErrors);
});

test('sees clashing names across a change of the table of names', () => {
  const names = (from: number, count: number) => Array.from({ length: count }, (_, n) => field(`N${from + n}`, ''));
  const decoded: DecodedEntry[] = [];
  // The table gets full at many places of the second record.
  for (let already = MAX_FIELD_NAMES - 40; already < MAX_FIELD_NAMES; already += 3) {
    const texts = [];
    for (let from = 0; from < already; from += 1000)
      texts.push(entry('1', ...names(from, Math.min(1000, already - from))));
    texts.push(entry('2', ...names(20_000, 10), field('CLASH', 'a'), ...names(20_010, 10), field('_CLASH', 'b')));
    texts.push(entry('3', ...names(20_000, 10)));
    decoded.push(...decodeAll(new Decoder(), [Buffer.concat(texts)]).slice(-2));
  }

  assert.deepEqual(
    new Set(decoded.map(({ fields, flags }) => `${fields.length} ${flags}`)),
    new Set([`23 ${ENTRY.REPEATS}`, '11 0']),
  );
});

test('a cut value stays whole when the table of names is begun anew in the same record', () => {
  const decoder = new Decoder({ maxRecordBytes: 100_000 });
  const many = Array.from({ length: 17 }, (_, n) =>
    entry(`a${n}`, ...Array.from({ length: 960 }, (_, f) => field(`A${n}_${f}`, ''))),
  );
  const fresh = Array.from({ length: 500 }, (_, f) => field(`B${f}`, 'b'));
  const big = (isBinary: boolean) => entry('big', field('HUGE', Buffer.alloc(300_000, 'x'), isBinary), ...fresh);
  const stream = Buffer.concat([
    ...many,
    big(false),
    ...many.map((text) => Buffer.from(text.toString().replaceAll('A', 'C'))),
    big(true),
    entry('end'),
  ]);

  const decoded = decodeAll(decoder, pieces(stream, [10_000]));

  const cut = decoded.filter(({ flags }) => (flags & ENTRY.CUT) !== 0);
  assert.equal(decoded.length, 2 * 17 + 3);
  assert.deepEqual(
    cut.map(({ fields }) => fields.length),
    [502, 502],
  );
  assert.deepEqual(
    cut.map(({ fields }) => plainly(fields).slice(2)),
    [fresh, fresh].map((each) => plainly(fieldsOf(each))),
  );
  assert.deepEqual(decoder.errors, { malformed: 0, truncated: 0, cut: 2 });
});

test('gives back the room that one huge entry took', () => {
  const decoder = new Decoder();

  decodeAll(decoder, pieces(entry('1', field('MESSAGE', Buffer.alloc(10_000_000, 'x'))), [65_536]));
  assert.ok(roomOf(decoder) > 10e6);
  decodeAll(decoder, [entry('2')]);
  globalThis.gc?.();

  assert.ok(roomOf(decoder) < 1e6);
});
