import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf } from '../../test/support/block-of.ts';
import { LOSS_MESSAGE_IDS, lossesIn } from './losses.ts';

const time = { __REALTIME_TIMESTAMP: '1795252769562972' };
const suppressed = {
  ...time,
  _TRANSPORT: 'driver',
  MESSAGE_ID: LOSS_MESSAGE_IDS.suppressed,
  MESSAGE: 'Suppressed 263 messages from flood.service',
  N_DROPPED: '263',
  OBJECT_SYSTEMD_UNIT: 'flood.service',
};
const ofDead = { ...suppressed, MESSAGE: 'Suppressed 263 messages from größe.service', OBJECT_SYSTEMD_UNIT: [] };
const missed = {
  ...time,
  _TRANSPORT: 'driver',
  MESSAGE_ID: LOSS_MESSAGE_IDS.kernel_missed,
  MESSAGE: 'Missed 17 kernel messages',
};
const other = { MESSAGE: 'x', MESSAGE_ID: 'f77379a8490b408bbe5f6940505a777b', _TRANSPORT: 'driver' };

test('what journald says of losses is found among other entries, in order', () => {
  const block = blockOf({ MESSAGE: 'x' }, other, suppressed, { MESSAGE: 'y' }, missed, other, ofDead);

  const losses = lossesIn(block, 0);

  const realtimeUs = 1795252769562972;
  assert.deepEqual(losses, [
    { kind: 'suppressed', realtimeUs, entries: 263, unit: 'flood.service' },
    { kind: 'kernel_missed', realtimeUs, entries: 17, unit: undefined },
    { kind: 'suppressed', realtimeUs, entries: 263, unit: 'größe.service' },
  ]);
});

test('what comes before the first entry in question is not told', () => {
  assert.deepEqual(lossesIn(blockOf(suppressed, other, { MESSAGE: 'y' }), 1), []);
  assert.deepEqual(lossesIn(blockOf(suppressed), 1), []);
});

for (const { title, entry } of [
  { title: 'another program', entry: { ...suppressed, _TRANSPORT: 'journal' } },
  { title: 'nobody known', entry: { ...suppressed, _TRANSPORT: [] } },
  { title: 'a longer id', entry: { ...suppressed, MESSAGE_ID: `${LOSS_MESSAGE_IDS.suppressed}0` } },
]) {
  test(`what ${title} says is not believed`, () => {
    assert.deepEqual(lossesIn(blockOf(entry), 0), []);
  });
}

for (const { title, entry } of [
  { title: 'no number', entry: { ...suppressed, N_DROPPED: [] } },
  { title: 'nonsense', entry: { ...suppressed, N_DROPPED: '-1e9' } },
]) {
  test(`${title} for a count is a loss of unknown size`, () => {
    assert.equal(lossesIn(blockOf(entry), 0)[0]!.entries, null);
  });
}
