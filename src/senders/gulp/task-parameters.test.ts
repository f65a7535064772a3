import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParameterError, readTask } from './task-parameters.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z') * 1000;

test('everything that a task may ask for is understood', () => {
  const task = readTask(
    {
      units: ['sshd', 'nginx.service', 'app@*'],
      identifiers: 'sudo',
      min_priority: 'warning',
      matches: ['_UID=0', '_UID=1000', 'MESSAGE=a=b'],
      since: '2026-03-01',
      until: 'now',
      boot: -1,
    },
    NOW,
  );

  assert.deepEqual(task, {
    units: ['sshd.service', 'nginx.service', 'app@*'],
    identifiers: ['sudo'],
    minPriority: 4,
    matches: [
      { field: '_UID', value: '0' },
      { field: '_UID', value: '1000' },
      { field: 'MESSAGE', value: 'a=b' },
    ],
    sinceUs: Date.parse('2026-03-01T00:00:00Z') * 1000,
    untilUs: NOW,
    position: 'head',
    boot: -1,
  });
});

test('nothing asked for means all from now on, as do nulls and empty texts of a form', () => {
  for (const parameters of [undefined, null, {}, { units: null, since: '', min_priority: null, units_: undefined }]) {
    const { position, ...rest } = readTask(
      parameters === null || parameters === undefined ? parameters : { ...parameters, units_: '' },
      NOW,
    );

    assert.equal(position, 'tail');
    assert.deepEqual(
      Object.values(rest).filter((value) => value !== undefined),
      [],
    );
  }
});

const faults: [object | string, RegExp][] = [
  [{ unit: 'sshd' }, /only these keys: units, identifiers, min_priority, matches, since, until/],
  [{ units: [1] }, /"units" must be/],
  [{ units: Array.from({ length: 501 }, () => 'a') }, /"units" must be/],
  [{ units: ['[z-a]'] }, /"units" cannot be used: the range/],
  [{ units: ['a\0b'] }, /"units" must be/],
  [{ units: 'x'.repeat(1001) }, /"units" must be/],
  [{ identifiers: ['a\0b'] }, /"identifiers" must be/],
  [{ matches: ['_UID=\0'] }, /"matches" must be/],
  [{ min_priority: 8 }, /"min_priority" must be/],
  [{ min_priority: 'loud' }, /"min_priority" must be 0 to 7/],
  [{ matches: ['lower=1'] }, /FIELD=value/],
  [{ matches: ['NO_EQUALS'] }, /FIELD=value/],
  [{ since: 'soon' }, /"since" must be a time/],
  [{ since: '2026-03-02', until: '2026-03-01' }, /"until" is before "since"/],
  [{ until: '2026-03-01', initial_position: 'tail' }, /"until" is in the past/],
  [{ initial_position: 'middle' }, /"initial_position" must be/],
  [{ boot: 'last' }, /"boot" must be/],
  [{ boot: 1 }, /"boot" must be/],
  ['all', /must be an object/],
];

for (const [parameters, message] of faults) {
  test(`${JSON.stringify(parameters).slice(0, 60)} is refused`, () => {
    assert.throws(
      () => readTask(parameters, NOW),
      (error: unknown) => {
        assert.ok(error instanceof ParameterError);
        assert.match(error.message, message);
        assert.ok(!error.message.includes('loud') && !error.message.includes('lower=1'));
        return true;
      },
    );
  });
}
