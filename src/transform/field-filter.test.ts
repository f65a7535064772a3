import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFieldFilter } from './field-filter.ts';
import type { FieldFilterDefinition } from './field-filter.ts';

const same: readonly (readonly [listed: string, key: string])[] = [
  ['MESSAGE', 'MESSAGE'],
  ['message', 'MESSAGE'],
  ['_SYSTEMD_UNIT', 'SYSTEMD_UNIT'],
  ['systemd_unit', '_SYSTEMD_UNIT'],
  ['__Realtime_Timestamp', 'REALTIME_TIMESTAMP'],
  ['TIMESTAMP', 'timestamp'],
  ['my.field', 'My.Field'],
  ['Größe', 'GRÖßE'],
  ['___', '_'],
];

for (const [listed, key] of same) {
  test(`${listed} in a filter is ${key} of an entry`, () => {
    assert.ok(createFieldFilter({ type: 'whitelist', fields: [listed] }).keeps(key));
    assert.ok(!createFieldFilter({ type: 'blacklist', fields: [listed] }).keeps(key));
  });
}

for (const key of ['MESSAGE_', 'MESSAG', 'A_MESSAGE', 'MES SAGE', '', 'timestamp']) {
  test(`MESSAGE in a filter is not ${JSON.stringify(key)} of an entry`, () => {
    assert.ok(!createFieldFilter({ type: 'whitelist', fields: ['MESSAGE'] }).keeps(key));
    assert.ok(createFieldFilter({ type: 'blacklist', fields: ['MESSAGE'] }).keeps(key));
  });
}

const whole: readonly (readonly [definition: FieldFilterDefinition | undefined, keeps: boolean])[] = [
  [undefined, true],
  [{ type: 'blacklist', fields: [] }, true],
  [{ type: 'whitelist', fields: [] }, false],
];

for (const [definition, keeps] of whole) {
  test(`${JSON.stringify(definition)} keeps ${keeps ? 'all' : 'nothing'}`, () => {
    for (const key of ['MESSAGE', '_PID', 'timestamp', '', 'constructor', '__proto__']) {
      assert.equal(createFieldFilter(definition).keeps(key), keeps, key);
    }
  });
}
