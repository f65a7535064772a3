import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldNames, MAX_FIELD_NAMES, NAME } from './field-names.ts';

const names = fc.array(fc.stringMatching(/^[A-Z0-9_]{1,20}$/), { maxLength: 50 });

/** The text as it would lie in a stream: something before it, and room behind it. */
function placed(text: string): { view: DataView; at: number } {
  const bytes = Buffer.from(`xyz${text}=${'\0'.repeat(16)}`);
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at: 3 };
}

test('knows the names that the code asks for by their numbers', () => {
  const fieldNames = new FieldNames();

  const { CURSOR, REALTIME, MONOTONIC, BOOT_ID, MESSAGE, PRIORITY, SYSTEMD_UNIT } = NAME;
  const texts = [CURSOR, REALTIME, MONOTONIC, BOOT_ID, MESSAGE, PRIORITY, SYSTEMD_UNIT].map((id) =>
    fieldNames.text(id),
  );

  assert.equal(
    texts.join(),
    '__CURSOR,__REALTIME_TIMESTAMP,__MONOTONIC_TIMESTAMP,_BOOT_ID,MESSAGE,PRIORITY,_SYSTEMD_UNIT',
  );
  assert.equal(fieldNames.count, Object.keys(NAME).length);
});

test('gives each name one number, and the same key to names that differ by leading underscores only', () => {
  fc.assert(
    fc.property(names, (texts) => {
      const fieldNames = new FieldNames();

      const ids = texts.map((text) => fieldNames.internText(text));

      assert.deepEqual(
        ids.map((id) => fieldNames.text(id)),
        texts,
      );
      assert.deepEqual(
        texts.map((text) => fieldNames.internText(text)),
        ids,
      );
      for (const [n, text] of texts.entries()) {
        const key = text.replace(/^_*/, '');
        assert.equal(fieldNames.key(ids[n]!), key);
        assert.equal(fieldNames.trust(ids[n]!), text.length - key.length);
        assert.equal(fieldNames.length(ids[n]!), text.length);
        const samePartners = ids.filter((id) => fieldNames.keyOf[id] === fieldNames.keyOf[ids[n]!]);
        assert.deepEqual([...new Set(samePartners.map((id) => fieldNames.key(id)))], [key]);
      }
    }),
  );
});

test('sees by words whether a name, or one that begins with it, stands somewhere', () => {
  const lengths = ['A', 'AB', 'ABC', 'ABCD', 'ABCDE', 'ABCDEFG', 'ABCDEFGH', 'ABCDEFGHI', 'B', 'ABD', 'ABCDEFGX'];
  const fieldNames = new FieldNames();

  for (const text of lengths) {
    const id = fieldNames.internText(text);
    for (const there of lengths) {
      const { view, at } = placed(there);
      assert.equal(fieldNames.standsAt(id, view, at), there.startsWith(text), `${text} in ${there}`);
    }
  }
});

test('takes no more names than there is room for, and still knows the ones it has', () => {
  const fieldNames = new FieldNames();
  const free = MAX_FIELD_NAMES - fieldNames.count;
  for (let n = 0; n < free; n++) assert.ok(fieldNames.internText(`NAME_${n}`) >= 0);

  assert.ok(fieldNames.isFull);
  assert.equal(fieldNames.internText('ONE_MORE'), -1);
  assert.equal(fieldNames.internText('MESSAGE'), NAME.MESSAGE);
  assert.equal(fieldNames.text(fieldNames.internText(`NAME_${free - 1}`)), `NAME_${free - 1}`);
});
