import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';
import { fuzz } from '../support/fuzz.ts';
import { mutatedBy, mutations } from '../support/mutations.ts';

const root = join(import.meta.dirname, '../..');
const examples = (await readdir(join(root, 'docs/examples'))).filter((name) => name.endsWith('.json'));
const texts = await Promise.all(
  ['journalbridge.example.json', ...examples.map((name) => `docs/examples/${name}`)].map((name) =>
    readFile(join(root, name)),
  ),
);
const SLOW_MS = 5000;

/** There is a config, or a ConfigError with sentences that can be shown; soon, and nothing else has changed. */
async function assertCheckedOrRefused(text: string): Promise<void> {
  const before = prototypes();
  const begun = process.cpuUsage();
  try {
    await parseConfig('x.json', text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert.ok(error.faults.length > 0);
    for (const { path, message } of error.faults) {
      assert.doesNotMatch(`${path}${message}`, /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|undefined|\[object/u);
      assert.ok(path.length + message.length < 20_000, `a fault of ${path.length + message.length} characters`);
    }
  }
  assert.equal(prototypes(), before, 'a prototype was changed');
  assert.ok(process.cpuUsage(begun).user < SLOW_MS * 1000, 'it took too long');
}

function prototypes(): string {
  return [Object.prototype, Array.prototype, Function.prototype, String.prototype]
    .map((each) => Object.getOwnPropertyNames(each).join())
    .join('|');
}

test('real configs with bytes changed are taken or refused in words', async (t) => {
  const change = mutations(
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\\',
    '1e999',
    '"__proto__":',
    'null',
    '//',
    '/*',
    '\u00ff\u00fe',
  );

  await fuzz(
    t,
    fc.asyncProperty(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 3 }), (text, list) =>
      assertCheckedOrRefused(mutatedBy(text, list).toString()),
    ),
    { runs: 400, seconds: 6 },
  );
});

/** Values as nobody would write them, as text of JSON. */
const odd = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    '1e999',
    '-1e999',
    '1e308',
    '9007199254740993',
    '-0',
    '9'.repeat(400),
    `"${'x'.repeat(100_000)}"`,
    `"${'*'.repeat(2000)}"`,
    `"${'(a+)+'.repeat(500)}$"`,
    `"${'{'.repeat(3000)}"`,
    '"\\ud800"',
    '"\\u0000"',
    '"\\u202e\\u001b]0;x\\u0007"',
    '{"__proto__":{"polluted":1}}',
    '{"constructor":{"prototype":{"polluted":1}}}',
    '{"toString":1,"valueOf":null,"hasOwnProperty":0}',
    '{"file":"/dev/zero"}',
    '{"env":"PATH"}',
    '{"credential":"../../etc/shadow"}',
    '['.repeat(3000) + ']'.repeat(3000),
    '{"a":'.repeat(3000) + '1' + '}'.repeat(3000),
    `[${'1,'.repeat(20_000)}1]`,
    `{${Array.from({ length: 5000 }, (_, n) => `"k${n}":{}`).join()}}`,
  ),
);
const oddKey = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '',
    '.',
    'a.b',
    '\0',
    '\u202e',
    'x'.repeat(5000),
  ),
  fc.string(),
);

test('real configs with keys and values replaced by odd ones are taken or refused in words', async (t) => {
  const edit = fc.record({ at: fc.nat(2 ** 20), key: fc.option(oddKey), value: odd });

  await fuzz(
    t,
    fc.asyncProperty(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
      // Comments go first: what is replaced are members of objects.
      let changed = text.toString().replaceAll(/^\s*\/\/.*$/gm, '');
      for (const { at, key, value } of edits) {
        const members = [...changed.matchAll(/"(?:[^"\\\n]|\\.)*": *("(?:[^"\\\n]|\\.)*"|[\w.+-]+|[{[])/g)];
        if (members.length === 0) break;
        const { 0: member, 1: old, index } = members[at % members.length]!;
        const name = key === null ? member.slice(0, -old!.length) : `${JSON.stringify(key)}: `;
        // In place of a list or an object it comes before it, which then belongs to another key.
        const rest = old === '{' || old === '[' ? `${value}, "again": ${old}` : value;
        changed = changed.slice(0, index) + name + rest + changed.slice(index + member.length);
      }
      return assertCheckedOrRefused(changed);
    }),
    { runs: 300, seconds: 8 },
  );
});
