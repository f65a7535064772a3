import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionFaults } from './faults.ts';
import type { GulpOptions } from './options.ts';
import { customParametersOf, staticId } from './static-task.ts';

const inner = { operation_id: 'op1', custom_parameters: { units: ['a.service'], since: '-1h' } };
const outer = { operation_id: 'op1', units: ['a.service'], since: '-1h', custom_parameters: {} };

test('what a task selects may stand in it, or in custom_parameters', () => {
  assert.deepEqual(customParametersOf(inner), { units: ['a.service'], since: '-1h' });
  assert.deepEqual(customParametersOf(outer), customParametersOf(inner));
});

test('what stands in the task itself goes before, and null is nothing', () => {
  const task = { operation_id: 'op1', since: null, until: 'now', custom_parameters: { since: '-2h', until: '-1h' } };

  assert.deepEqual(customParametersOf(task), { since: '-2h', until: 'now' });
});

test('the id of a task without keys of its own is what it was before there were any', () => {
  assert.equal(staticId(inner), 'static-ca0973bdfd8d0cef');
});

test('a selection that cannot be used is told with the number of its task', () => {
  const options = { url_server: 'http://gulp', tasks: [inner, { ...outer, boot: 'x' }] } as unknown as GulpOptions;

  assert.match(optionFaults(options)[0]!.message, /^1: "boot" must be /);
});
