import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate } from './template.ts';

const US = Date.UTC(2026, 10, 9, 3, 4, 5) * 1000 + 678_901;
const asIs = (value: string): string => value;

for (const { text, values = [], wanted } of [
  { text: 'plain', wanted: 'plain' },
  { text: 'logs-{SYSLOG_IDENTIFIER}-%Y.%m.%d', values: ['sshd'], wanted: 'logs-sshd-2026.11.09' },
  { text: '{_HOSTNAME}/{A}/{HOSTNAME}', values: ['h', 'a'], wanted: 'h/a/h' },
  { text: '{A}', values: [null], wanted: 'default' },
  { text: '{A:none}-{B:}', values: [null, null], wanted: 'none-' },
  { text: '{{A}} 100%%', wanted: '{A} 100%' },
  { text: '%H%M%S %y %F %j', wanted: '030405 26 2026-11-09 313' },
]) {
  test(`"${text}" is filled in`, () => {
    assert.equal(parseTemplate(text).render(values, US, asIs), wanted);
  });
}

test('each field is named once, without underscores', () => {
  assert.deepEqual(parseTemplate('{_PID}{A}{PID}').fields, ['PID', 'A']);
});

test('what comes from the journal is made safe, what stands in the template is not', () => {
  const safe = (value: string): string => value.replaceAll('/', '_');

  assert.equal(parseTemplate('/a/{B}').render(['x/y'], US, safe), '/a/x_y');
});

test('the prefix ends at the first place', () => {
  assert.deepEqual(
    ['a{{b/{C}', 'abc', '%Yx', ''].map((text) => parseTemplate(text).prefix),
    ['a{b/', 'abc', '', ''],
  );
});

test('a time beyond what ISO text can tell is told as 1970', () => {
  assert.equal(parseTemplate('%Y').render([], 1e18, asIs), '1970');
});

for (const text of ['{', '}', '{A', '{a b}', '%', '%q', '{__}', '{A:{B}}']) {
  test(`"${text}" is refused`, () => {
    assert.throws(() => parseTemplate(text), /cannot stand here|names no field/);
  });
}
