import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findReferences, resolveCredentials } from './credentials.ts';
import type { Schema } from './dialect.ts';
import { configOption } from './schema.ts';

type Path = readonly (string | number)[];

const VALUE = 'value-of-the-credential';
const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
writeFileSync(join(folder, 'name'), `${VALUE}\n`);
process.env['CREDENTIALS_DIRECTORY'] = folder;
after(() => {
  rmSync(folder, { recursive: true });
});

/** Where a string may stand, with the `output_type` that the place depends on; names that the user chooses are `any`. */
function* stringsOf(schema: Schema, path: Path, kind?: string): Generator<{ path: Path; kind: string | undefined }> {
  if (schema.ignored !== undefined) return;
  const kinds = [schema, ...(schema.anyOf ?? [])];
  if (kinds.some(({ type }) => type === 'string')) yield { path, kind };
  for (const each of kinds) {
    for (const [key, child] of Object.entries(each.properties ?? {})) yield* stringsOf(child, [...path, key], kind);
    if (typeof each.additionalProperties === 'object')
      yield* stringsOf(each.additionalProperties, [...path, 'any'], kind);
    if (each.items) yield* stringsOf(each.items, [...path, 0], kind);
    for (const [name, closed] of Object.entries(each.variants?.closed ?? {})) yield* stringsOf(closed, path, name);
  }
}

/** A config with this value at the path. */
function configWith([key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const inner = configWith(rest, value);
  return typeof key === 'number' ? [inner] : { [key]: inner };
}

const places = [...stringsOf(configOption, [])].filter(({ path }) => path.at(-1) !== 'output_type');

test('there are as many places for strings as the config has', () => {
  assert.ok(places.length > 150, String(places.length));
});

for (const { path, kind } of places) {
  test(`a credential may stand at ${path.join('.')}${kind === undefined ? '' : ` of ${kind}`}`, async () => {
    const config = withKind(configWith(path, { credential: 'name' }), kind);
    const found = findReferences(configOption, config);

    const { faults, paths } = await resolveCredentials(configOption, config);

    assert.deepEqual(faults, []);
    assert.deepEqual([...paths], [path.join('.')]);
    assert.deepEqual(
      found.map(({ name }) => name),
      ['name'],
    );
    assert.equal(
      path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], config),
      VALUE,
    );
  });
}

function withKind(config: unknown, kind: string | undefined): unknown {
  if (kind === undefined) return config;
  const { readers } = config as { readers: { any: { senders: { any: Record<string, unknown> } } } };
  readers.any.senders.any['output_type'] = kind;
  return config;
}
