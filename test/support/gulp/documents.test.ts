import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentOf } from './client.ts';
import { parseChunk, toDocument } from './documents.ts';

test('computes what the manager computes, whatever the client sent of it', () => {
  const document = toDocument(documentOf({ _id: 'mine', 'gulp.timestamp': 5 }), 'case');

  assert.equal(document?.['gulp.timestamp'], 1763680000123456000n);
  assert.notEqual(document._id, 'mine');
  assert.deepEqual(
    [document['event.code'], document['gulp.event_code'], document['agent.type'], document['event.duration']],
    ['0', 0n, 'raw', 1],
  );
  assert.equal(document['gulp.operation_id'], 'case');
});

test('flattens objects, and drops lists and nulls without a word', () => {
  const fields = { process: { pid: 1, thread: { id: 2 } }, MESSAGE: [104, 255], multi: ['a', 'b'], nothing: null };

  const document = toDocument(documentOf(fields), 'case');

  assert.deepEqual([document?.['process.pid'], document?.['process.thread.id']], [1, 2]);
  for (const dropped of ['MESSAGE', 'multi', 'nothing', 'process']) assert.ok(!(dropped in document!), dropped);
});

test('writes the record itself where the original is missing', () => {
  const record = documentOf({ MESSAGE: 'é' });
  delete record['event.original'];

  const document = toDocument(record, 'case');

  assert.match(String(document?.['event.original']), /"MESSAGE": "\\u00e9"/);
});

test('lets a field named timestamp win over @timestamp', () => {
  const document = toDocument(documentOf({ timestamp: '2020-01-01T00:00:00Z' }), 'case');

  assert.equal(document?.['@timestamp'], '2020-01-01T00:00:00+00:00');
});

const fails: Readonly<Record<string, unknown>> = {
  'without a context': without('gulp.context_id'),
  'without a source': without('gulp.source_id'),
  'with a context that is no text': documentOf({ 'gulp.context_id': 5 }),
  'with a number as event.code': documentOf({ 'event.code': 6 }),
  'with a word as event.sequence': documentOf({ 'event.sequence': 'first' }),
  'with the key event_original': documentOf({ event_original: 'x' }),
  'that is no object': 'text',
};
for (const [what, record] of Object.entries(fails)) {
  test(`fails on a record ${what}`, () => {
    assert.equal(toDocument(record, 'case'), undefined);
  });
}

const distinct: Readonly<Record<string, Record<string, unknown>>> = {
  'event.original': { 'event.original': 'two' },
  'event.code': { 'event.code': '6' },
  'gulp.operation_id': { 'gulp.operation_id': 'other' },
  'gulp.context_id': { 'gulp.context_id': 'host2' },
  'gulp.source_id': { 'gulp.source_id': 'other' },
  'event.sequence': { 'event.sequence': 7 },
  '@timestamp': { '@timestamp': '1763680000123457' },
};
for (const [what, fields] of Object.entries(distinct)) {
  test(`tells two documents apart by ${what}`, () => {
    const [one, other] = [toDocument(documentOf(), 'case'), toDocument(documentOf(fields), 'case')];

    assert.notEqual(one?._id, other?._id);
  });
}

test('takes two documents that differ elsewhere for one', () => {
  const [one, other] = [
    toDocument(documentOf({ message: 'a' }), 'case'),
    toDocument(documentOf({ message: 'b' }), 'case'),
  ];

  assert.equal(one?._id, other?._id);
});

test('reads a list', () => {
  assert.deepEqual(parseChunk(Buffer.from('[{"a":"\\ud83d\\ude00"}]')), [{ a: '😀' }]);
});

const unreadable: Readonly<Record<string, string | Buffer>> = {
  'a lone surrogate in a value': '[{"a":"\\ud800"}]',
  'a lone surrogate in a key': '[{"\\udc00":1}]',
  NaN: '[{"a":NaN}]',
  'lines of JSON': '{"a":1}\n{"a":2}',
  nothing: '',
  'a byte order mark': '\ufeff[]',
  'bytes that are not UTF-8': Buffer.from('[{"a":"\xff"}]', 'latin1'),
};
for (const [what, chunk] of Object.entries(unreadable)) {
  test(`cannot read ${what}`, () => {
    assert.equal(parseChunk(Buffer.from(chunk as string)), undefined);
  });
}

function without(field: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(documentOf()).filter(([name]) => name !== field));
}
