import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { generateEntries } from '../../test/support/entries.ts';
import { exportText, parseExport, type Field } from '../../test/support/export-stream.ts';
import { entries, extraFields, fieldFilters, fieldsOf, writeEntry } from '../../test/support/reference/arbitraries.ts';
import { referenceLine, referenceStub, type LineOptions } from '../../test/support/reference/line.ts';
import { ENTRY, type Block } from '../journal/block.ts';
import { Decoder } from '../journal/decode.ts';
import { ByteWriter } from './byte-writer.ts';
import { encodeExactly } from './encode-exactly.ts';
import { Encoder } from './encode.ts';
import { FORMATS } from './format.ts';

const nowMs = 1_800_000_000_123;
mock.timers.enable({ apis: ['Date'], now: nowMs });

const options: fc.Arbitrary<LineOptions> = fc.record({
  format: fc.constantFrom('journalpump' as const, 'journald' as const),
  extraFields,
  fieldFilter: fieldFilters,
  maxEntryBytes: fc.oneof({ weight: 2, arbitrary: fc.constant(1 << 20) }, fc.integer({ min: 1, max: 2000 })),
  nowUs: fc.constant(nowMs * 1000),
});

function optionsOf(some: Partial<LineOptions> = {}): LineOptions {
  return {
    format: 'journalpump',
    extraFields: {},
    fieldFilter: undefined,
    maxEntryBytes: 1 << 20,
    nowUs: nowMs * 1000,
    ...some,
  };
}

/** Every entry of a stream, each in its Block while that is good. */
function decode(stream: Buffer, use: (block: Block, i: number) => void): void {
  const decoder = new Decoder();
  decoder.push(stream);
  for (let block = decoder.decode(100); block.count > 0; block = decoder.decode(100)) {
    for (let i = 0; i < block.count; i++) use(block, i);
  }
}

/** The lines of a stream's entries. */
function linesOf(stream: Buffer, encoder: Encoder): string[] {
  const lines: string[] = [];
  const out = new ByteWriter();
  decode(stream, (block, i) => {
    const start = out.length;
    encoder.encode(block, i, out);
    lines.push(out.bytes.toString('utf8', start, out.length));
  });
  return lines;
}

function lineOf(fields: Record<string, string | Buffer>, options: Partial<LineOptions> = {}): string {
  const written = Object.entries({ __CURSOR: 'c', ...fields });
  const entry = written.map(([name, value]) => ({ name, value: Buffer.from(value), isBinary: false }));
  return linesOf(writeEntry(entry), new Encoder(optionsOf(options)))[0]!;
}

test('writes the same line as the reference, whatever the entries and options', () => {
  fc.assert(
    fc.property(fc.array(entries, { minLength: 1, maxLength: 4 }), options, (written, chosen) => {
      const lines = linesOf(Buffer.concat(written.map(writeEntry)), new Encoder(chosen));

      assert.deepEqual(
        lines,
        written.map((entry) => referenceLine(fieldsOf(entry), chosen).toString()),
      );
      for (const line of lines) JSON.parse(line);
    }),
    { numRuns: 800 },
  );
});

test('gives the same fast and exactly', () => {
  fc.assert(
    fc.property(entries, options, (written, chosen) => {
      const encoder = new Encoder(chosen);
      const out = new ByteWriter();

      decode(writeEntry(written), (block, i) => {
        const isStub = encoder.encode(block, i, out);
        const length = out.length;
        // Any flag but CUT sends an entry the exact way.
        block.flags[i] = ENTRY.REPEATS;
        assert.equal(encoder.encode(block, i, out), isStub);

        assert.equal(out.bytes.toString('utf8', length, out.length), out.bytes.toString('utf8', 0, length));
        assert.equal(isStub, /^\{"error": ?"too large/.test(out.bytes.toString('utf8', 0, length)));
      });
    }),
    { numRuns: 500 },
  );
});

test('writes realistic entries as the reference does', () => {
  const stream = exportText(generateEntries({ count: 2000, hugeEvery: 500, hugeBytes: 300_000 }));
  const expected = parseExport(stream);

  for (const format of ['journalpump', 'journald'] as const) {
    const chosen = optionsOf({
      format,
      extraFields: { env: 'prod', nested: { a: [1, 'ü'] } },
      maxEntryBytes: 200_000,
    });
    assert.deepEqual(
      linesOf(stream, new Encoder(chosen)),
      expected.map((fields) => referenceLine(fields, chosen).toString()),
    );
  }
});

test('one encoder serves any number of tables of names', () => {
  const entry = (n: number) =>
    Array.from({ length: 900 }, (_, f) => ({ name: `N${n}_${f}`, value: Buffer.from(`${f}`), isBinary: false }));
  const written = Array.from({ length: 20 }, (_, n) => [
    { name: '__CURSOR', value: Buffer.from('c'), isBinary: false },
    ...entry(n),
  ]);
  const chosen = optionsOf();

  const lines = linesOf(Buffer.concat(written.map(writeEntry)), new Encoder(chosen));

  assert.deepEqual(
    lines,
    written.map((each) => referenceLine(fieldsOf(each), chosen).toString()),
  );
});

for (const [what, bytes] of [
  ['ASCII', Buffer.alloc(300_000, 'abc "quoted" \\ \n\x7f')],
  ['UTF-8', Buffer.alloc(299_000, 'é😀\u2028ab\0c')],
  ['one character across every piece', Buffer.concat([Buffer.from('x'), Buffer.alloc(300_000, '😀')])],
  ['bytes that are no UTF-8', Buffer.alloc(300_000, Buffer.from([0xff, 0x27, 0x5c, 0x0a, 0x41]))],
  ['bytes with both quotes', Buffer.concat([Buffer.alloc(300_000, 0xfe), Buffer.from(`'"`)])],
] as const) {
  for (const format of ['journalpump', 'journald'] as const) {
    test(`writes an entry of more than 256 KiB of ${what} as the reference does (${format})`, () => {
      const entry = [
        { name: '__CURSOR', value: Buffer.from('c'), isBinary: false },
        ...['MESSAGE', 'CODE_LINE', 'MESSAGE_ID'].map((name) => ({ name, value: bytes, isBinary: true })),
      ];

      for (const maxEntryBytes of [500_000, 1 << 26]) {
        const chosen = optionsOf({ format, maxEntryBytes });
        const line = linesOf(writeEntry(entry), new Encoder(chosen))[0]!;
        assert.ok(line === referenceLine(fieldsOf(entry), chosen).toString(), 'the lines differ');
      }
    });
  }
}

test('makes room for the longest that a value can become', () => {
  const texts = ['\x01', '\x7f', 'é', '😀', '"', '\u2028'].map((text) => Buffer.from(text));
  for (const bytes of [...texts, Buffer.from([0xff]), Buffer.from([0xff, 0x27, 0x22])]) {
    for (const size of [1, 2, 30, 170, 1360, 5000, 40_000]) {
      const value = Buffer.alloc(size * bytes.length, bytes);
      const entry = ['__CURSOR', 'A', 'B', 'PRIORITY', 'MESSAGE_ID'].map((name) => ({ name, value, isBinary: true }));
      for (const format of ['journalpump', 'journald'] as const) {
        const out = new ByteWriter(1);
        decode(writeEntry(entry), (block, i) =>
          new Encoder(optionsOf({ format, maxEntryBytes: 1 << 24 })).encode(block, i, out),
        );
        const expected = referenceLine(fieldsOf(entry), optionsOf({ format, maxEntryBytes: 1 << 24 }));
        assert.ok(out.bytes.subarray(0, out.length).equals(expected), `${size} times ${bytes.toString('hex')}`);
      }
    }
  }
});

test('keeps of a huge entry only what a stub needs', () => {
  const entry = [{ name: '__CURSOR', value: Buffer.alloc(2_000_000, 'é"\xff'), isBinary: true }];

  decode(writeEntry(entry), (block, i) => {
    const exact = encodeExactly(block, i, {
      format: FORMATS.journald,
      members: [],
      limit: 5000,
      isLeftOut: () => false,
    });

    assert.ok(exact.size > 2_000_000);
    assert.ok(exact.head.length < 1_000_000);
  });
});

test('a cut entry becomes a stub that tells its whole size, however small it looks', () => {
  const decoder = new Decoder({ maxRecordBytes: 10_000 });
  const fields: Field[] = [
    ['__CURSOR', Buffer.from('c')],
    ['__REALTIME_TIMESTAMP', Buffer.from('1767225600000001')],
    ['MESSAGE', Buffer.alloc(50_000, 'x')],
  ];
  const stream = writeEntry(fields.map(([name, value]) => ({ name, value, isBinary: true })));
  decoder.push(stream.subarray(0, 20_000));
  assert.equal(decoder.decode().count, 0);
  decoder.push(stream.subarray(20_000));
  const chosen = optionsOf();
  const out = new ByteWriter();

  assert.equal(new Encoder(chosen).encode(decoder.decode(), 0, out), true);

  const whole = referenceLine(fields, chosen).toString();
  assert.equal(out.bytes.toString('utf8', 0, out.length), `${referenceStub(fields, whole, chosen, stream.length)}\n`);
});

test('an entry one byte over the limit becomes a stub, one of just the limit does not', () => {
  for (const MESSAGE of ['plain', 'é', Buffer.from([0xff])]) {
    const size = Buffer.byteLength(lineOf({ MESSAGE })) - 1;

    assert.equal(lineOf({ MESSAGE }, { maxEntryBytes: size }), lineOf({ MESSAGE }));
    const stub = JSON.parse(lineOf({ MESSAGE }, { maxEntryBytes: size - 1 })) as Record<string, unknown>;
    assert.equal(stub['error'], `too large message ${size} bytes vs maximum ${size - 1} bytes`);
    assert.equal(stub['__CURSOR'], 'c');
    assert.equal(typeof stub['timestamp'], 'string');
    assert.equal(typeof stub['partial_data'], 'string');
  }
});

test("keeps a stub's data to whole characters", () => {
  for (let shift = 0; shift < 8; shift++) {
    const MESSAGE = 'x'.repeat(shift) + '\ufffd😀'.repeat(300);
    const stub = JSON.parse(lineOf({ MESSAGE }, { format: 'journald', maxEntryBytes: 1500 })) as {
      partial_data: string;
    };

    assert.ok(Buffer.byteLength(stub.partial_data) > 1020);
    assert.ok(`{"__CURSOR":"c","MESSAGE":"${MESSAGE}"}`.startsWith(stub.partial_data));
  }
});

for (const [what, name, value] of [
  ['a number of 8 MB with separators', 'PRIORITY', '1_'.repeat(4_000_000) + '1'],
  ['a number of 8 MB that is none', 'PRIORITY', '1_'.repeat(4_000_000)],
  ['8 MB of spaces', 'CODE_LINE', ' '.repeat(8_000_000) + 'x'],
  ['8 MB of braces', 'MESSAGE_ID', `x${'{'.repeat(8_000_000)}x`],
  ['8 MB of braces in an entry of ordinary size', 'MESSAGE_ID', `x${'{'.repeat(200_000)}x`],
  ['8 MB of bytes that are no text', 'MESSAGE', Buffer.alloc(8_000_000, 0xff)],
  ['16 MB of text', 'MESSAGE', Buffer.alloc(16_000_000, 'é"')],
] as const) {
  test(`is not held up by ${what}`, () => {
    const before = process.cpuUsage();
    const heapBefore = process.memoryUsage().heapUsed;

    const line = lineOf({ [name]: value });

    assert.ok(Buffer.byteLength(line) < 1 << 20);
    assert.ok(process.cpuUsage(before).user < 6e6);
    assert.ok(process.memoryUsage().heapUsed - heapBefore < 200e6);
  });
}

for (const [what, fields, options, expected] of [
  [
    'journalpump keeps the trusted one of names that clash',
    { PID: 'x', _PID: '7', __PID: 'z' },
    {},
    '{"PID": "z", "timestamp": "T"}',
  ],
  ['journald keeps them all', { PID: 'x', _PID: '7' }, { format: 'journald' }, '{"__CURSOR":"c","PID":"x","_PID":"7"}'],
  [
    'extra fields replace those of their name',
    { _PID: '7', A: 'b' },
    { extraFields: { PID: [1.5], z: null } },
    '{"A": "b", "timestamp": "T", "PID": [1.5], "z": null}',
  ],
  ['an extra timestamp replaces ours', { A: 'b' }, { extraFields: { timestamp: 5 } }, '{"A": "b", "timestamp": 5}'],
  ['an entry without any field that is shown', {}, {}, '{"timestamp": "T"}'],
  ['nothing but extra fields', {}, { extraFields: { timestamp: 1, b: 2 } }, '{"timestamp": 1, "b": 2}'],
  ['nothing at all', {}, { format: 'journald', extraFields: {} }, '{"__CURSOR":"c"}'],
  [
    'numbers as Python writes them',
    {},
    { extraFields: { timestamp: 1e-7, a: 1e16, b: -0.5, c: 0.00001 } },
    '{"timestamp": 1e-07, "a": 10000000000000000, "b": -0.5, "c": 1e-05}',
  ],
] as const) {
  test(what, () => {
    const now = '2027-01-15T08:00:00.123000';

    assert.equal(lineOf(fields, options as Partial<LineOptions>), `${expected.replace('"T"', `"${now}"`)}\n`);
  });
}
