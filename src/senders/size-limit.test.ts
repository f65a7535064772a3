import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SizeLimit } from './size-limit.ts';

test('a limit that was lowered is raised after ten minutes, up to what was asked for', () => {
  let now = 0;
  const limit = new SizeLimit(1000, () => now);

  limit.tooLarge(900);

  assert.equal(limit.bytes, 450);
  now += 600_001;
  assert.equal(limit.bytes, 900);
  now += 600_001;
  assert.equal(limit.bytes, 1000);
});
