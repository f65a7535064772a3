import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateError } from '../errors.ts';
import { emptyReader, emptySender, parseStored } from './stored.ts';

const cursor = 's=0123456789abcdef0123456789abcdef;i=1;b=aaaaaaaa111141118111111111110000;m=2;t=3;x=4';

/** As journalpump writes it. */
const journalpump = {
  readers: {
    web: {
      cursor,
      total_lines: 12,
      total_bytes: 3400,
      searches: { login: 3 },
      senders: {
        k: {
          type: 'KafkaSender',
          buffer: { cursor, total_size: 100, entry_num: 2, current_queue: 2 },
          sent: { cursor, count: 10, bytes: 3000 },
          health: { status: 'connected', elapsed: 1.5, errors: ['x'] },
        },
        late: {
          type: 'FileSender',
          buffer: { cursor: null, total_size: 0, entry_num: 0, current_queue: 0 },
          sent: { cursor: null, count: 0, bytes: 0 },
          health: { status: 'stopped', elapsed: 0, errors: [] },
        },
      },
    },
    none: { cursor: null, total_lines: 0, total_bytes: 0, searches: {}, senders: {} },
  },
  start_time: '2026-11-20T23:10:05.123456',
};

test("takes over journalpump's state file: each sender's place and counts", () => {
  const { readers, start_time } = parseStored(JSON.stringify(journalpump, undefined, 4));

  assert.equal(start_time, '2026-11-20T23:10:05.123456');
  assert.deepEqual(readers['web']?.senders['k']?.sent, { cursor, count: 10, bytes: 3000 });
  assert.equal(readers['web'].senders['k'].type, 'KafkaSender');
  assert.equal(readers['web'].senders['late']?.sent.cursor, null);
  assert.deepEqual([readers['web'].cursor, readers['web'].total_lines, readers['web'].total_bytes], [cursor, 12, 3400]);
  assert.deepEqual(readers['none']?.senders, {});
});

test('keeps what it writes itself', () => {
  const sender = emptySender('FileSender');
  const sent = { cursor, count: 1, bytes: 2, time: '2026-01-01T00:00:00.000Z', start_realtime_us: 5 };
  const gaps = [{ from: 'a', to: 'b', entries: 3, why: 'c' }];
  const stored = {
    readers: { r: { ...emptyReader(), gaps, senders: { s: { ...sender, sent } } } },
    start_time: 'now',
  };

  assert.deepEqual(parseStored(JSON.stringify(stored)), stored);
});

test('what is missing counts as not begun', () => {
  const { readers } = parseStored('{"readers":{"r":{"senders":{"s":{}}},"q":{}}}');

  assert.deepEqual(readers['r']?.senders['s'], emptySender(''));
  assert.deepEqual(readers['q'], emptyReader());
});

const senderWith = (sent: unknown) => ({ readers: { r: { senders: { s: { sent } } } } });

for (const { text, reason } of [
  { text: '', reason: 'it is empty' },
  { text: ' \n', reason: 'it is empty' },
  { text: '\0\0\0\0', reason: 'it is no valid JSON' },
  { text: '{"readers": {', reason: 'it is no valid JSON' },
  { text: 'null', reason: 'it is no JSON object' },
  { text: '[]', reason: 'it is no JSON object' },
  { text: '{}', reason: '"readers" is missing' },
  { text: '{"readers":[]}', reason: '"readers" is no JSON object' },
  { text: '{"readers":{"r":null}}', reason: 'readers.r is no JSON object' },
  { text: '{"readers":{"r":{"cursor":7}}}', reason: 'readers.r.cursor is no cursor' },
  { text: '{"readers":{"r":{"senders":[]}}}', reason: 'readers.r.senders is no JSON object' },
  { text: '{"readers":{"r":{"senders":{"s":1}}}}', reason: 'readers.r.senders.s is no JSON object' },
  { text: JSON.stringify(senderWith('x')), reason: 'readers.r.senders.s.sent is no JSON object' },
  { text: JSON.stringify(senderWith({ cursor: '' })), reason: 'readers.r.senders.s.sent.cursor is no cursor' },
  { text: JSON.stringify(senderWith({ cursor: {} })), reason: 'readers.r.senders.s.sent.cursor is no cursor' },
  { text: JSON.stringify(senderWith({ count: -1 })), reason: 'readers.r.senders.s.sent.count is no count' },
  { text: JSON.stringify(senderWith({ bytes: '5' })), reason: 'readers.r.senders.s.sent.bytes is no count' },
]) {
  test(`refuses ${JSON.stringify(text)}: ${reason}`, () => {
    assert.throws(
      () => parseStored(text),
      (error) => error instanceof StateError && error.message === reason,
    );
  });
}
