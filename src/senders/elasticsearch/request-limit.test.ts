import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestLimit } from './request-limit.ts';

const MIB = 1_048_576;
const MINUTE_MS = 60_000;

test('what is found too large halves the limit, which is raised again after a while', () => {
  let nowMs = 0;
  const limit = new RequestLimit(MIB, () => nowMs);

  limit.tooLarge(MIB);
  limit.tooLarge(MIB / 2);
  const lowered = limit.bytes;
  nowMs += 11 * MINUTE_MS;
  const raised = limit.bytes;
  nowMs += MINUTE_MS;
  const still = limit.bytes;
  nowMs += 11 * MINUTE_MS;

  assert.deepEqual([lowered, raised, still, limit.bytes], [MIB / 4, MIB / 2, MIB / 2, MIB]);
});

test('requests that get lost one after the other lower the limit, but not below what cannot be the cause', () => {
  const limit = new RequestLimit(MIB);

  const first = [limit.lost(MIB), limit.lost(MIB), limit.lost(MIB)];
  for (let n = 0; n < 50; n++) limit.lost(limit.bytes);

  assert.deepEqual(first, [false, false, true]);
  assert.equal(limit.bytes, 16 * 1024);
  assert.equal(limit.lost(1000), false);
});

test('an answer to a request as large as the lost ones shows that it was not the size; one to a smaller does not', () => {
  const large = new RequestLimit(MIB);
  const small = new RequestLimit(MIB);
  for (const limit of [large, small]) for (let n = 0; n < 2; n++) limit.lost(MIB);

  large.answered(MIB);
  small.answered(1000);

  assert.deepEqual([large.lost(MIB), small.lost(MIB)], [false, true]);
});
