import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeEntry } from '../../test/support/reference/arbitraries.ts';
import { Decoder } from '../journal/decode.ts';
import { createMatch } from './match.ts';

function isSelected(
  fields: readonly (readonly [string, string | Buffer])[],
  key: string | undefined,
  value: unknown,
): boolean {
  const decoder = new Decoder();
  const written = [['__CURSOR', 'c'] as const, ...fields].map(([name, text]) => ({
    name,
    value: Buffer.from(text as string),
    isBinary: false,
  }));
  decoder.push(writeEntry(written));
  return createMatch(key, value)(decoder.decode(), 0);
}

const unit = ['_SYSTEMD_UNIT', 'a.service'] as const;

for (const { what, fields = [unit], key, value, selected } of [
  { what: 'no key', key: undefined, value: 'x', selected: true },
  { what: 'an empty key', key: '', value: 'x', selected: true },
  { what: 'the same text', key: 'SYSTEMD_UNIT', value: 'a.service', selected: true },
  { what: 'another text', key: 'SYSTEMD_UNIT', value: 'b.service', selected: false },
  {
    what: 'a name with its underscores, which entries do not have',
    key: '_SYSTEMD_UNIT',
    value: 'a.service',
    selected: false,
  },
  { what: 'the same number', fields: [['PRIORITY', '06']], key: 'PRIORITY', value: 6, selected: true },
  { what: 'text for a number', fields: [['PRIORITY', '6']], key: 'PRIORITY', value: '6', selected: false },
  { what: 'a number for text', fields: [['_UID', '0']], key: 'UID', value: 0, selected: false },
  { what: 'true for 1, as in Python', fields: [['PRIORITY', '1']], key: 'PRIORITY', value: true, selected: true },
  { what: 'a number that is none', fields: [['PRIORITY', 'high']], key: 'PRIORITY', value: 'high', selected: true },
  { what: 'a missing field for no value', fields: [], key: 'SYSTEMD_UNIT', value: undefined, selected: true },
  { what: 'a missing field for null', fields: [], key: 'SYSTEMD_UNIT', value: null, selected: true },
  { what: 'a missing field for a value', fields: [], key: 'SYSTEMD_UNIT', value: 'a.service', selected: false },
  { what: 'a field for no value', key: 'SYSTEMD_UNIT', value: undefined, selected: false },
  {
    what: 'a field that is always null',
    fields: [['__MONOTONIC_TIMESTAMP', '5']],
    key: 'MONOTONIC_TIMESTAMP',
    value: null,
    selected: true,
  },
  { what: 'a field that is left out', key: 'CURSOR', value: 'c', selected: false },
  {
    what: 'a list for a repeated field',
    fields: [
      ['TAG', 'a'],
      ['TAG', 'b'],
    ],
    key: 'TAG',
    value: ['a', 'b'],
    selected: true,
  },
  {
    what: 'one of a repeated field',
    fields: [
      ['TAG', 'a'],
      ['TAG', 'b'],
    ],
    key: 'TAG',
    value: 'a',
    selected: false,
  },
  {
    what: 'the trusted one of two',
    fields: [
      ['PID', '1'],
      ['_PID', '2'],
    ],
    key: 'PID',
    value: 2,
    selected: true,
  },
  {
    what: 'the trusted one of two, first',
    fields: [
      ['_PID', '2'],
      ['PID', '1'],
    ],
    key: 'PID',
    value: 2,
    selected: true,
  },
  {
    what: 'the other one of two',
    fields: [
      ['PID', '1'],
      ['_PID', '2'],
    ],
    key: 'PID',
    value: '1',
    selected: false,
  },
  {
    what: 'a uuid with its dashes',
    fields: [['_BOOT_ID', 'abcdef00112233445566778899aabbcc']],
    key: 'BOOT_ID',
    value: 'abcdef00-1122-3344-5566-778899aabbcc',
    selected: true,
  },
  {
    what: 'a time in seconds',
    fields: [['__REALTIME_TIMESTAMP', '1767225600500000']],
    key: 'REALTIME_TIMESTAMP',
    value: 1767225600.5,
    selected: true,
  },
  {
    what: 'bytes that are no text',
    fields: [['MESSAGE', Buffer.from([0xff])]],
    key: 'MESSAGE',
    value: "b'\\xff'",
    selected: true,
  },
] as {
  what: string;
  fields?: (readonly [string, string | Buffer])[];
  key: string | undefined;
  value: unknown;
  selected: boolean;
}[]) {
  test(`${what} ${selected ? 'selects' : 'does not select'} the entry`, () => {
    assert.equal(isSelected(fields, key, value), selected);
  });
}
