import fc from 'fast-check';
import type { Field } from '../export-stream.ts';
import { ID_FIELDS, INTEGER_FIELDS } from './typed-fields.ts';

/** A field, and whether it is to be written in binary form although text would do. */
export interface WrittenField {
  readonly name: string;
  readonly value: Buffer;
  readonly isBinary: boolean;
}

const times = [
  '_SOURCE_REALTIME_TIMESTAMP',
  'COREDUMP_TIMESTAMP',
  '__MONOTONIC_TIMESTAMP',
  '_SOURCE_MONOTONIC_TIMESTAMP',
];
const plain = [
  'MESSAGE',
  '_SYSTEMD_UNIT',
  '_UID',
  'SYSLOG_PID',
  '__SEQNUM',
  '__SEQNUM_ID',
  'TIMESTAMP',
  'A',
  '__PROTO__',
];
/** Differ from others by underscores only. */
const clashing = [
  'PID',
  '__PID',
  '_MESSAGE',
  '_PRIORITY',
  'REALTIME_TIMESTAMP',
  'BOOT_ID',
  'CURSOR',
  '_CURSOR',
  'SEQNUM',
];

/** Names of fields: those that formats convert, ones that clash, and any that the journal takes. */
export const fieldNames: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...INTEGER_FIELDS, ...ID_FIELDS, ...times) },
  { weight: 3, arbitrary: fc.constantFrom(...plain, ...clashing) },
  { weight: 2, arbitrary: fc.stringMatching(/^[A-Z0-9_]{1,20}$/) },
  { weight: 1, arbitrary: fc.constantFrom('_', '__', '0', 'X'.repeat(64), 'X'.repeat(256), 'ABCD', 'ABC', 'ABCDE') },
);

const spaces = fc.stringMatching(/^[ \t\n\r\v\f]{0,2}$/);
const fewIntegers = fc.constantFrom(
  '-0',
  '+00',
  '1__0',
  '1_',
  '_1',
  '0_0',
  '-007',
  '9'.repeat(320),
  `1${'0'.repeat(22)}`,
);
const manyIntegers = fc
  .tuple(
    spaces,
    fc.constantFrom('', '', '+', '-', '--', '+ '),
    fc.stringMatching(/^[0-9]{0,25}(_?[0-9]{1,3}){0,3}_?$/),
    spaces,
  )
  .map((parts) => parts.join(''));
const integers = fc.oneof({ weight: 4, arbitrary: manyIntegers }, fewIntegers);
const digits = fc.oneof(
  fewIntegers,
  fc.bigInt(0n, 10n ** 20n - 1n).map(String),
  fc.integer({ min: 1, max: 20 }).chain((length) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))),
  fc.constantFrom('0', '00', '1', '999999', '1000000', '8589934592000001', '9999999999999999', '0000000000000000'),
);
/** Times of today as journald writes them, some with a round second. */
const presentTimes = fc
  .tuple(fc.integer({ min: 1_500_000_000, max: 2_000_000_000 }), fc.oneof(fc.constant(0), fc.nat(999_999)))
  .map(([second, us]) => `${second}${String(us).padStart(6, '0')}`);
const uuids = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{32}$/),
  fc.stringMatching(/^[0-9a-fA-F]{31,33}$/),
  fc.uuid(),
  fc.uuid().map((id) => `urn:uuid:{${id.toUpperCase()}}`),
  fc.stringMatching(/^[{}]{0,3}[0-9a-g-]{30,36}[{}]{0,3}$/),
  fc.constantFrom('/'.repeat(32), ':'.repeat(32), '`'.repeat(32), `0x${'1'.repeat(30)}`, '{'.repeat(300)),
);
const asciiNoise = fc.string({
  unit: fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});
const tricky = fc.constantFrom(
  '',
  '\n',
  '\n\n',
  '\n__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=5\n\n',
  '__CURSOR=x',
  '"\\\b\f\n\r\t\x7f\x1f/',
  "it's",
  '\u2028\ufeff\ufffd',
  '😀\u0301é',
);
const invalid = [
  [0xed, 0xa0, 0x80],
  [0xc3],
  [0xf0, 0x9f, 0x98],
  [0xff, 0x27],
  [0xff, 0x27, 0x22],
  [0xc0, 0x80],
  [0x80, 0x5c],
];

/** Values of fields: bytes of every kind that a converter or an escape might trip over. */
export const fieldValues: fc.Arbitrary<Buffer> = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }).map((text) => Buffer.from(text)),
  asciiNoise.map((text) => Buffer.from(text)),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(asciiNoise, fc.constantFrom(...invalid), asciiNoise)
    .map(([a, b, c]) => Buffer.from([...Buffer.from(a), ...b, ...Buffer.from(c)])),
  integers.map((text) => Buffer.from(text)),
  digits.map((text) => Buffer.from(text)),
  presentTimes.map((text) => Buffer.from(text)),
  uuids.map((text) => Buffer.from(text)),
  tricky.map((text) => Buffer.from(text)),
);

const likelyValue = (name: string): fc.Arbitrary<Buffer> => {
  const texts = INTEGER_FIELDS.includes(name)
    ? integers
    : ID_FIELDS.includes(name)
      ? uuids
      : times.includes(name)
        ? fc.oneof(digits, presentTimes)
        : undefined;
  return texts === undefined
    ? fieldValues
    : fc.oneof(
        texts.map((text) => Buffer.from(text)),
        fieldValues,
      );
};

const field = fieldNames.chain((name) =>
  fc.record({ name: fc.constant(name), value: likelyValue(name), isBinary: fc.boolean() }),
);
const cursors = fc.stringMatching(/^s=[0-9a-f]{1,32};i=[0-9a-f]{1,4};t=[0-9a-f]{1,14}$/);
const realtime = fc.oneof(
  { weight: 3, arbitrary: presentTimes },
  digits,
  fc.constantFrom('-5', '0x10', ' 1 ', '"'.repeat(16), '1767225600.00000'),
);

/** An entry as journalctl writes it: the cursor first, mostly a time, then anything. */
export const entries: fc.Arbitrary<WrittenField[]> = fc
  .tuple(cursors, fc.option(realtime, { freq: 8 }), fc.array(field, { maxLength: 12, size: 'max' }), fc.boolean())
  .map(([cursor, time, fields, repeats]) => [
    { name: '__CURSOR', value: Buffer.from(cursor), isBinary: false },
    ...(time === null ? [] : [{ name: '__REALTIME_TIMESTAMP', value: Buffer.from(time), isBinary: false }]),
    ...fields,
    ...(repeats ? fields.slice(0, 3) : []),
  ]);

/** `extra_field_values` of a sender's config. */
export const extraFields: fc.Arbitrary<Record<string, unknown>> = fc.dictionary(
  fc.oneof(
    fc.constantFrom('timestamp', 'MESSAGE', '_PID', 'PID', 'PRIORITY', 'A', '', '__CURSOR', 'naïve "key"\n', 'x\x7f'),
    fc.string({ unit: 'binary', maxLength: 5 }),
  ),
  fc.jsonValue({ maxDepth: 2 }),
  { maxKeys: 3, noNullPrototype: true },
);

/** A field filter of the config, or none. */
export const fieldFilters = fc.option(
  fc.record({
    type: fc.constantFrom('whitelist' as const, 'blacklist' as const),
    fields: fc.array(fc.oneof(fieldNames, fc.constantFrom('message', '_pid', 'Timestamp', 'x', '')), { maxLength: 8 }),
  }),
  { nil: undefined },
);

/** Where to cut a stream of this length: sizes of the pieces, to be used round and round. */
export const pieceSizes: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([1]),
  fc.constant<number[]>([1 << 30]),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
  fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 }),
);

/** The stream in pieces of these sizes, again and again. */
export function* pieces(stream: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, n = 0; at < stream.length; n++) {
    const size = sizes[n % sizes.length]!;
    yield stream.subarray(at, at + size);
    at += size;
  }
}

/** An entry in export format, each value in text form unless it has a newline or wants to be binary. */
export function writeEntry(fields: readonly WrittenField[]): Buffer {
  const parts = fields.map(({ name, value, isBinary }) => {
    if (!isBinary && !value.includes(0x0a)) return Buffer.from(`${name}=${value.toString('latin1')}\n`, 'latin1');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(value.length));
    return Buffer.concat([Buffer.from(`${name}\n`), length, value, Buffer.from('\n')]);
  });
  return Buffer.concat([...parts, Buffer.from('\n')]);
}

/** The entry without its form. */
export function fieldsOf(entry: readonly WrittenField[]): Field[] {
  return entry.map(({ name, value }) => [name, value]);
}
