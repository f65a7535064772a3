import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeUnsafe } from './unsafe-text.ts';

const cases = [
  { title: 'control characters', text: '\x1b[31m\0\x7f', escaped: '\\u001b[31m\\u0000\\u007f' },
  { title: 'C1 control characters', text: '\u009b31m\u0085', escaped: '\\u009b31m\\u0085' },
  { title: 'what turns the direction of text', text: 'a\u202eb\u2066c', escaped: 'a\\u202eb\\u2066c' },
  { title: 'ends of lines of any kind', text: 'a\nb\r\tc\u2028d', escaped: 'a\\nb\\r\\tc\\u2028d' },
  { title: 'invisible characters beyond 16 bits', text: 'a\u{e0041}', escaped: 'a\\udb40\\udc41' },
  { title: 'halves of characters', text: 'a\ud800b', escaped: 'a\\ud800b' },
];

for (const { title, text, escaped } of cases) {
  test(`escapes ${title}`, () => {
    assert.equal(escapeUnsafe(text), escaped);
  });
}

test('leaves text as it is in any script, and emoji whole', () => {
  const text = 'größe 日本語 Кириллица 👩‍💻 "quoted" \\ {}';

  assert.equal(escapeUnsafe(text), text);
});

test('JSON keeps its meaning', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(JSON.parse(escapeUnsafe(JSON.stringify(text))), text);
    }),
  );
});
