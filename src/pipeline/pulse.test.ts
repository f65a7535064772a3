import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Pulse } from './pulse.ts';

test('a change is worth a save, being at rest is not', () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const patient = { state: 'connected', rests: true, condition: () => patient.state, isAtRest: () => patient.rests };
  let touched = 0;
  const pulse = new Pulse(
    () => [patient],
    () => touched++,
  );
  const after = (change: Partial<typeof patient>, seconds: number): number => {
    Object.assign(patient, change);
    const before = touched;
    for (let second = 0; second < seconds; second++) mock.timers.tick(1000);
    return touched - before;
  };

  pulse.start();

  assert.equal(after({}, 1), 1);
  assert.equal(after({}, 3600), 0);
  assert.equal(after({ state: 'disconnected' }, 1), 1);
  assert.equal(after({ rests: false }, 1), 1);
  assert.equal(after({ state: 'connected', rests: true }, 10), 1);
  pulse.stop();
  assert.equal(after({ state: 'disconnected' }, 10), 0);
  mock.timers.reset();
});
