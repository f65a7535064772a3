import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { DOCS_FILE, configurationPage } from '../../tools/docs.ts';
import { SCHEMA_FILE, editorSchema } from '../../tools/schema.ts';
import { loadConfig } from './load.ts';
import { configOption } from './schema.ts';

const EXAMPLE_FILE = new URL('../../journalbridge.example.json', import.meta.url);
const remedy = 'is stale: run "npm run docs"';

test('journalbridge.schema.json is what the declarations give', () => {
  assert.equal(readFileSync(SCHEMA_FILE, 'utf8'), editorSchema(), `journalbridge.schema.json ${remedy}`);
});

test('docs/configuration.md is what the declarations give', () => {
  assert.equal(readFileSync(DOCS_FILE, 'utf8'), configurationPage(), `docs/configuration.md ${remedy}`);
});

test('the declarations are valid JSON Schema', () => {
  const ajv = new Ajv();

  assert.ok(ajv.validateSchema(JSON.parse(JSON.stringify(configOption)) as object), ajv.errorsText());
});

function editorCheck() {
  return new Ajv({ strict: false }).compile(JSON.parse(editorSchema()) as object);
}

test('the example is fine, for the daemon without a warning and for editors', async () => {
  const { warnings } = await loadConfig(EXAMPLE_FILE.pathname);
  const check = editorCheck();

  assert.deepEqual(warnings, []);
  assert.ok(check(JSON.parse(readFileSync(EXAMPLE_FILE, 'utf8'))), JSON.stringify(check.errors));
});

const marked: readonly (readonly [title: string, sender: object])[] = [
  ['a misspelt key', { output_type: 'file', file_output: 'x', fsnc: 'batch' }],
  ['a missing key', { output_type: 'file' }],
  ['an unknown kind', { output_type: 'flie', file_output: 'x' }],
  ['a wrong value', { output_type: 'file', file_output: 'x', fsync: 1 }],
  ['a wrong common value', { output_type: 'file', file_output: 'x', format: 'x' }],
];

for (const [title, out] of marked) {
  test(`an editor marks ${title} of a sender`, () => {
    assert.equal(editorCheck()({ readers: { r: { senders: { out } } } }), false);
  });
}
