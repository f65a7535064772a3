import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { fieldValues } from './arbitraries.ts';
import * as python from './python.ts';

for (const [text, expected] of [
  ['42', 42n],
  [' \t+007\n', 7n],
  ['-0', 0n],
  ['1_000', 1000n],
  ['123456789012345678901234567890', 123456789012345678901234567890n],
  ['', undefined],
  ['1__0', undefined],
  ['_1', undefined],
  ['1_', undefined],
  ['- 1', undefined],
  ['1.0', undefined],
  ['٤', undefined],
] as const) {
  test(`int of ${JSON.stringify(text)} is ${String(expected)}`, () => {
    assert.equal(python.int(Buffer.from(text)), expected);
  });
}

test('a uuid comes with or without dashes, braces and prefix', () => {
  for (const text of [
    'ABCDEF00112233445566778899aabbcc',
    '{abcdef00-1122-3344-5566-778899aabbcc}',
    'urn:uuid:abcdef00112233445566778899aabbcc',
  ]) {
    assert.equal(python.uuid(Buffer.from(text)), 'abcdef00-1122-3344-5566-778899aabbcc');
  }
  assert.equal(python.uuid(Buffer.from('abcdef0011223344556677889')), undefined);
});

test('floats have a fraction or an exponent of two digits', () => {
  const numbers = [0, 1, 0.5, 1e-4, 1e-5, 1.5e-7, 1e15, 1e16, 1.25e300, -2e-6, 1767225600.000001];
  assert.equal(
    numbers.map(python.floatRepr).join(' '),
    '0.0 1.0 0.5 0.0001 1e-05 1.5e-07 1000000000000000.0 1e+16 1.25e+300 -2e-06 1767225600.000001',
  );
});

test('bytes choose their quotes', () => {
  const texts = [Buffer.from([0xff, 0xfe]), Buffer.from("'\\"), Buffer.from(`'"\n\x7f`)].map(python.bytesRepr);

  assert.deepEqual(texts, ["b'\\xff\\xfe'", `b"'\\\\"`, `b'\\'"\\n\\x7f'`]);
});

test('JSON is ASCII', () => {
  assert.equal(
    python.json({ 'ü"': ['😀\x7f\b', 1e-7, 5, true, null, {}] }),
    '{"\\u00fc\\"": ["\\ud83d\\ude00\\u007f\\b", 1e-07, 5, true, null, {}]}',
  );
});

const program = `
import sys, json, uuid
getattr(sys, 'set_int_max_str_digits', lambda n: None)(0)
def attempt(f):
    try: return f()
    except (ValueError, OverflowError): return None
for line in sys.stdin:
    b = bytes.fromhex(line)
    t = b.decode('utf-8', 'replace')
    print(json.dumps([attempt(lambda: str(int(b))), attempt(lambda: str(uuid.UUID(b.decode()))),
        attempt(lambda: repr(int(b) / 1000000.0)), repr(b), json.dumps(t)]))
`;

// Not part of the test run: it needs a Python. JOURNALBRIDGE_PYTHON=python3 node --test test/support/reference/python.test.ts
const command = process.env['JOURNALBRIDGE_PYTHON'];
if (command !== undefined) {
  test('is what Python does with twenty thousand values', () => {
    const values = fc.sample(fieldValues, 20_000);
    const input = values.map((value) => `${value.toString('hex')}\n`).join('');

    const output = execFileSync(command, ['-c', program], { input, maxBuffer: 1 << 30 }).toString();

    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as (string | null)[]);
    assert.equal(lines.length, values.length);
    for (const [n, value] of values.entries()) {
      const integer = python.int(value);
      const [int, uuid, seconds, repr, json] = lines[n]!;
      assert.equal(integer?.toString() ?? null, int);
      // See `uuid`: what Python takes for one beyond that is left alone.
      if (!/[^0-9a-fA-F{}-]/.test(value.toString('latin1').replace(/urn:|uuid:/g, '')))
        assert.equal(python.uuid(value) ?? null, uuid);
      const us = Number(integer);
      assert.equal(Number.isFinite(us) ? python.floatRepr(us / 1e6) : null, seconds);
      assert.equal(python.bytesRepr(value), repr);
      assert.equal(python.jsonText(value.toString()), json);
    }
  });
}
