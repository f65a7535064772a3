import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConfigError,
  JournalbridgeError,
  JournalError,
  messageOf,
  NotConnectedError,
  RejectedError,
  RetryableError,
  StateError,
  systemCodeOf,
} from './errors.ts';

for (const { error, name, code } of [
  { error: new ConfigError([]), name: 'ConfigError', code: 'CONFIG' },
  { error: new JournalError('m'), name: 'JournalError', code: 'JOURNAL' },
  { error: new StateError('m'), name: 'StateError', code: 'STATE' },
  { error: new RetryableError('m'), name: 'RetryableError', code: 'RETRYABLE' },
  { error: new NotConnectedError('m'), name: 'NotConnectedError', code: 'NOT_CONNECTED' },
  { error: new RejectedError('m', [{ index: 1, reason: 'r' }]), name: 'RejectedError', code: 'REJECTED' },
]) {
  test(`${name} is known by its name and code`, () => {
    assert.ok(error instanceof JournalbridgeError);
    assert.deepEqual([error.name, error.code], [name, code]);
  });
}

test('a lost connection is worth another try', () => {
  const cause = new Error('ECONNRESET');
  const error = new NotConnectedError('m', { cause, retryAfterMs: 5, remaining: [1, 2] });

  assert.ok(error instanceof RetryableError);
  assert.deepEqual([error.cause, error.retryAfterMs, error.remaining], [cause, 5, [1, 2]]);
});

test('a config error tells every fault with its path', () => {
  const error = new ConfigError([
    { path: 'readers.r', message: 'wrong' },
    { path: '', message: 'no file' },
  ]);

  assert.equal(error.message, 'readers.r: wrong\nno file');
  assert.equal(error.faults.length, 2);
});

test('anything that is thrown has a text', () => {
  const texts = [new Error('m'), 'text', undefined, null, 7].map(messageOf);

  assert.deepEqual(texts, ['m', 'text', 'undefined', 'null', '7']);
});

test("a system error's code is known, and that of nothing else", () => {
  const system = Object.assign(new Error('m'), { code: 'ENOENT' });

  assert.deepEqual(
    [system, new Error('m'), { code: 'X' }, null, Object.assign(new Error(), { code: 5 })].map(systemCodeOf),
    ['ENOENT', undefined, undefined, undefined, undefined],
  );
});
