import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readParts } from '../../../test/support/gulp/multipart.ts';
import { MultipartWriter } from './multipart.ts';

const chunkIn = (writer: MultipartWriter, documents: readonly string[]): unknown => {
  const { type, body } = writer.write('{"flt":{}}', documents);
  const { payload, chunk } = readParts(type, body);
  assert.equal(payload.toString(), '{"flt":{}}');
  return JSON.parse(chunk.toString());
};

for (const [what, messages] of [
  ['no document', []],
  ['one', ['a']],
  ['text of all planes', ['é', '漢', '🙂', '\u0000', 'plain']],
  ['more than the memory it begins with', Array.from({ length: 3000 }, (_, n) => `${n}${'x'.repeat(500)}`)],
  ['one that is larger than the memory it keeps', ['漢'.repeat(1_500_000)]],
] as const) {
  test(`a body of ${what} is what the server reads`, () => {
    const documents = messages.map((message) => ({ message }));

    const read = chunkIn(
      new MultipartWriter(),
      documents.map((document) => JSON.stringify(document)),
    );

    assert.deepEqual(read, documents);
  });
}

test('nothing of a body is left in the next one', () => {
  const writer = new MultipartWriter();
  const sizes = [1000, 3, 3_000_000, 7, 0];

  for (const size of sizes) assert.deepEqual(chunkIn(writer, [JSON.stringify('m'.repeat(size))]), ['m'.repeat(size)]);
});
