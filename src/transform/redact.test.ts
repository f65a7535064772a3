import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockOf, type EntryFields } from '../../test/support/block-of.ts';
import { bytes, patterns } from '../../test/support/patterns.ts';
import type { Block } from '../journal/block.ts';
import { Decoder } from '../journal/decode.ts';
import { ByteWriter } from './byte-writer.ts';
import { Encoder } from './encode.ts';
import { PatternError } from './pattern/error.ts';
import { compilePattern, replaceAll } from './pattern/pattern.ts';
import { Redactor, type RedactorOptions, type SecretFilter } from './redact.ts';
import { parseReplacement } from './replacement.ts';

const password = { pattern: '(?i)(password=)\\S+', replacement: '\\1[hidden]' };
const digits = { pattern: '\\d+', replacement: '#' };

/** The fields of each entry after redaction. */
function redacted(options: RedactorOptions, ...entries: EntryFields[]): [string, string][][] {
  const block = blockOf(...entries);
  new Redactor(options).redact(block, 0);
  return entries.map((_, i) => fieldsOf(block, i).map(([name, value]) => [name, value.toString()]));
}

function fieldsOf(block: Block, i: number): [string, Buffer][] {
  const fields: [string, Buffer][] = [];
  for (let f = block.firstField[i]!; f < block.firstField[i + 1]!; f++) {
    fields.push([block.names.text(block.name[f]!), Buffer.from(block.value(f))]);
  }
  return fields;
}

function linesOf(block: Block, format: 'journalpump' | 'journald'): string {
  const encoder = new Encoder({ format, extraFields: {}, maxEntryBytes: 1 << 20, fieldFilter: undefined });
  const out = new ByteWriter();
  for (let i = 0; i < block.count; i++) encoder.encode(block, i, out);
  return out.bytes.toString('utf8', 0, out.length);
}

test('redacts every text field of every entry', () => {
  const [first, second, third] = redacted(
    { filters: [password] },
    { MESSAGE: 'password=a PASSWORD=b', _CMDLINE: 'x --password=c' },
    { MESSAGE: 'nothing' },
    { MESSAGE: ['password=d', 'password=e'], X: 'password=' },
  );

  assert.deepEqual(first, [
    ['__CURSOR', 'c'],
    ['MESSAGE', 'password=[hidden] PASSWORD=[hidden]'],
    ['_CMDLINE', 'x --password=[hidden]'],
  ]);
  assert.deepEqual(second, [
    ['__CURSOR', 'c'],
    ['MESSAGE', 'nothing'],
  ]);
  assert.deepEqual(third, [
    ['__CURSOR', 'c'],
    ['MESSAGE', 'password=[hidden]'],
    ['MESSAGE', 'password=[hidden]'],
    ['X', 'password='],
  ]);
});

test('leaves entries before the given one alone', () => {
  const block = blockOf({ MESSAGE: 'password=a' }, { MESSAGE: 'password=b' });

  new Redactor({ filters: [password] }).redact(block, 1);

  assert.equal(block.text(1), 'password=a');
  assert.equal(block.text(3), 'password=[hidden]');
});

test('each filter works on what the one before has left', () => {
  const filters = [
    { pattern: 'a', replacement: 'b' },
    { pattern: 'b', replacement: 'c' },
    { pattern: 'cc', replacement: 'd' },
    { pattern: 'a', replacement: 'never' },
  ];

  assert.deepEqual(redacted({ filters }, { MESSAGE: 'ab' })[0]![1], ['MESSAGE', 'd']);
});

test('redacts in the named fields only, whatever their case and underscores', () => {
  const options = { filters: [digits], fields: ['message', '__SYSTEMD_unit'] };

  const [fields] = redacted(options, { MESSAGE: '1', _SYSTEMD_UNIT: '1', SYSTEMD_UNIT: '1', X: '1', _MESSAGE: '1' });

  assert.deepEqual(fields!.slice(1), [
    ['MESSAGE', '#'],
    ['_SYSTEMD_UNIT', '#'],
    ['SYSTEMD_UNIT', '#'],
    ['X', '1'],
    ['_MESSAGE', '#'],
  ]);
});

test('leaves alone what becomes a number, a uuid, a time or null, and the place in the journal', () => {
  const entry = {
    __CURSOR: 's=1;i=2',
    __REALTIME_TIMESTAMP: '1767225600000000',
    __MONOTONIC_TIMESTAMP: '5',
    __SEQNUM: '7',
    __SEQNUM_ID: '0123456789abcdef0123456789abcdef',
    _BOOT_ID: '0123456789abcdef0123456789abcdef',
    PRIORITY: '6',
    _PID: '1',
    COREDUMP_TIMESTAMP: '12',
    _SOURCE_MONOTONIC_TIMESTAMP: '3',
  };

  assert.deepEqual(redacted({ filters: [digits] }, entry), [Object.entries(entry)]);
});

test('redacts what only pretends to be a number, a uuid, a time or null', () => {
  const names = ['PRIORITY', '_PID', 'MESSAGE_ID', 'COREDUMP_TIMESTAMP', '_SOURCE_MONOTONIC_TIMESTAMP', '_UID'];
  const entry = Object.fromEntries(names.map((name) => [name, 'password=1']));

  const [fields] = redacted({ filters: [password] }, entry);

  assert.deepEqual(
    fields!.slice(1),
    names.map((name) => [name, 'password=[hidden]']),
  );
});

test('counts entries that changed, and matches by filter', () => {
  const redactor = new Redactor({ filters: [password, digits, { pattern: 'same', replacement: 'same' }] });

  redactor.redact(blockOf({ MESSAGE: 'password=a password=b', X: '1 2' }, { MESSAGE: 'same' }, { MESSAGE: '3' }), 0);
  redactor.redact(blockOf({ MESSAGE: '4' }), 0, false);

  assert.deepEqual(redactor.counts, [2, 3, 0]);
  assert.equal(redactor.changedEntries, 2);
});

test('tells what each filter changed in an entry', () => {
  const told: unknown[] = [];
  const block = blockOf({ MESSAGE: 'password=1 2', X: '3' });

  const isChanged = new Redactor({ filters: [password, digits] }).redactEntry(block, 0, (f, filter, count) =>
    told.push([block.names.text(block.name[f]!), filter, count]),
  );

  assert.equal(isChanged, true);
  assert.deepEqual(told, [
    ['MESSAGE', 0, 1],
    ['MESSAGE', 1, 1],
    ['X', 1, 1],
  ]);
});

test('refuses filters that cannot be used', () => {
  assert.throws(() => new Redactor({ filters: [{ pattern: '(', replacement: '' }] }), PatternError);
  assert.throws(() => new Redactor({ filters: [{ pattern: 'a', replacement: '\\1' }] }), PatternError);
});

test('keeps nothing of a value that was cut, which may end in half a secret', () => {
  const decoder = new Decoder({ maxRecordBytes: 20_000 });
  decoder.push(Buffer.from('__CURSOR=c\n_SYSTEMD_UNIT=u\nMESSAGE=-----BEGIN PRIVATE KEY-----'));
  for (let n = 0; n < 30; n++) {
    decoder.push(Buffer.alloc(1000, 'k'));
    decoder.decode();
  }
  decoder.push(Buffer.from('-----END PRIVATE KEY-----\nX=y\n\n'));
  const block = decoder.decode();

  new Redactor({ filters: [{ pattern: '(?s)-----BEGIN.*END-----', replacement: '' }] }).redact(block, 0);

  assert.deepEqual(
    fieldsOf(block, 0).map(([name, value]) => `${name}=${value.toString()}`),
    ['__CURSOR=c', '_SYSTEMD_UNIT=u', 'MESSAGE=', 'X=y'],
  );
});

const replacements = fc.constantFrom('', '#', '<\\g<0>>', 'a longer text', 'ä');
const filters = fc.array(fc.record({ pattern: patterns, replacement: replacements }), { minLength: 1, maxLength: 3 });
const entries = fc.array(
  fc.dictionary(
    fc.constantFrom('MESSAGE', 'X', '_Y', 'PRIORITY', '__Z'),
    fc.array(bytes, { minLength: 1, maxLength: 2 }),
    { maxKeys: 4 },
  ),
  { minLength: 1, maxLength: 6 },
);

test('changes what filters by themselves change in each value, and encodes it as if it had been read so', () => {
  fc.assert(
    fc.property(filters, entries, fc.nat(2), (list, specs, from) => {
      const block = blockOf(...specs.map(withTime));
      const expected = specs.map((spec, i) => (i < from ? spec : applyAll(list, spec)));

      new Redactor({ filters: list }).redact(block, from);

      const plain = blockOf(...expected.map(withTime));
      for (const i of specs.keys()) assert.deepEqual(fieldsOf(block, i), fieldsOf(plain, i));
      assert.equal(linesOf(block, 'journalpump'), linesOf(plain, 'journalpump'));
      assert.equal(linesOf(block, 'journald'), linesOf(plain, 'journald'));
    }),
    { numRuns: 500 },
  );
});

/** The entry with every value taken through all filters, without any gate; numbers in PRIORITY stay. */
function applyAll(list: readonly SecretFilter[], entry: EntryFields): EntryFields {
  const compiled = list.map((filter) => {
    const pattern = compilePattern(filter.pattern);
    return { pattern, replacement: parseReplacement(filter.replacement, pattern) };
  });
  const apply = (value: Buffer): Buffer =>
    compiled.reduce((left, { pattern, replacement }) => replaceAll(pattern, replacement, left)?.value ?? left, value);
  return Object.fromEntries(
    Object.entries(entry).map(([name, values]) => [
      name,
      [values].flat().map((value) => {
        const isNumber = name === 'PRIORITY' && /^\s*[+-]?\d+\s*$/.test((value as Buffer).toString('latin1'));
        return isNumber ? value : apply(value as Buffer);
      }),
    ]),
  );
}

function withTime(entry: EntryFields): EntryFields {
  return { __REALTIME_TIMESTAMP: '1767225600000000', ...entry };
}

test('works on Blocks one after another as the decoder makes them', () => {
  const redactor = new Redactor({ filters: [{ pattern: 'x+', replacement: 'a longer text' }] });
  const decoder = new Decoder();
  const lines: string[] = [];
  for (let n = 0; n < 200; n++) {
    decoder.push(Buffer.from(`__CURSOR=c${n}\nMESSAGE=${'x'.repeat(n)} ${n}\n\n__CURSOR=half`));
    for (let block = decoder.decode(3); block.count > 0; block = decoder.decode(3)) {
      redactor.redact(block, 0);
      for (let i = 0; i < block.count; i++)
        lines.push(
          fieldsOf(block, i)
            .map(([, value]) => value.toString())
            .join('|'),
        );
    }
    decoder.push(Buffer.from(`${n}\nMESSAGE=y\n\n`));
  }
  const expected = Array.from({ length: 200 }, (_, n) => [
    `c${n}|${n === 0 ? '' : 'a longer text'} ${n}`,
    `half${n}|y`,
  ]).flat();

  for (let block = decoder.decode(); block.count > 0; block = decoder.decode())
    lines.push(block.text(0) + '|' + block.text(1));

  assert.deepEqual(lines, expected);
});
