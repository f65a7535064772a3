import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readParts } from './multipart.ts';

const multipart = 'multipart/form-data; boundary=B';

const good: Readonly<Record<string, readonly [contentType: string, body: string]>> = {
  'finds them by their content types': [
    multipart,
    body(['application/json', '{}'], ['application/octet-stream', '[]']),
  ],
  'takes them in any order': [multipart, body(['application/octet-stream', '[]'], ['application/json', '{}'])],
  'does not care about case': [multipart, body(['Application/JSON', '{}'], ['APPLICATION/octet-stream', '[]'])],
  'takes a quoted boundary': [
    `${multipart.slice(0, -1)}"B"`,
    body(['application/json', '{}'], ['application/zip', '[]']),
  ],
};
for (const [title, [contentType, bytes]] of Object.entries(good)) {
  test(title, () => {
    const { payload, chunk } = readParts(contentType, Buffer.from(bytes));

    assert.deepEqual([payload.toString(), chunk.toString()], ['{}', '[]']);
  });
}

test('leaves the bytes of a part as they are, line ends and dashes too', () => {
  const bytes = '[\r\n--\r\n--C\n]';

  const { chunk } = readParts(multipart, Buffer.from(body(['application/json', '{}'], ['application/zip', bytes])));

  assert.equal(chunk.toString(), bytes);
});

const notBoth = /must contain both application\/json and application\/octet-stream/;
const both = body(['application/json', '{}'], ['application/octet-stream', '[]']);
const bad: Readonly<Record<string, readonly [string | undefined, string, number, RegExp]>> = {
  'a charset': [multipart, body(['application/json; charset=utf-8', '{}'], ['application/zip', '[]']), 400, notBoth],
  'one part only': [multipart, body(['application/octet-stream', '[]']), 400, notBoth],
  'two parts of JSON': [multipart, body(['application/json', '{}'], ['application/json', '[]']), 400, notBoth],
  'no content type': [undefined, both, 400, /Content-Type header is missing/],
  'a body that is not multipart': ['application/json', '[]', 500, /Unexpected mimetype/],
  'header lines without CR': [multipart, both.replaceAll('\r\n\r\n', '\n\n'), 500, /end of its headers/],
  'one header line without CR': [multipart, both.replace('\r\nContent-Type', '\nContent-Type'), 500, /CRLF/],
  'no end': [multipart, both.slice(0, -6), 500, /closing boundary/],
  'another boundary': ['multipart/form-data; boundary=C', both, 500, /does not begin/],
};
for (const [what, [contentType, bytes, status, message]] of Object.entries(bad)) {
  test(`refuses ${what}`, () => {
    assert.throws(() => readParts(contentType, Buffer.from(bytes)), { status, message });
  });
}

function body(...parts: readonly (readonly [contentType: string, text: string])[]): string {
  const written = parts.map(
    ([type, text]) => `--B\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`,
  );
  return `${written.join('')}--B--\r\n`;
}
