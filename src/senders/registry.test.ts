import assert from 'node:assert/strict';
import { test } from 'node:test';
import { senderOptions } from '../config/options/sender.ts';
import { senderDefinition, senderDefinitions } from './registry.ts';

test('every type is listed once and found by its name', () => {
  const types = senderDefinitions.map(({ type }) => type);

  assert.equal(new Set(types).size, types.length);
  for (const definition of senderDefinitions) assert.equal(senderDefinition(definition.type), definition);
  assert.equal(senderDefinition('constructor'), undefined);
});

for (const { type, summary, stateType, options, defaultSendInterval } of senderDefinitions) {
  test(`the ${type} sender is declared in full`, () => {
    assert.match(type, /^[a-z]+(_[a-z]+)*$/);
    assert.match(stateType, /^[A-Z]\w+Sender$/);
    assert.match(summary, /^[A-Z].*\.$/s);
    assert.ok(defaultSendInterval >= 0);
    // `format` means something else for rsyslog; the other common keys mean the same for all.
    const redeclared = Object.keys(options.properties).filter((key) => key in senderOptions && key !== 'format');
    assert.deepEqual(redeclared, []);
  });
}
