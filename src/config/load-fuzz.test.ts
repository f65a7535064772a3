import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from '../errors.ts';
import { loadConfig, parseConfig } from './load.ts';
import { configOption } from './schema.ts';
import { childOf } from './walk.ts';

const GOOD = JSON.stringify(
  {
    json_state_file_path: '/nowhere/state.json',
    log_level: 'INFO',
    field_filters: { few: { type: 'whitelist', fields: ['MESSAGE'] } },
    unit_log_levels: { quiet: [{ service_glob: 'a[!b-c]*', log_level: 'INFO' }] },
    statsd: { host: 'localhost', port: 8125, tags: { a: 1 } },
    readers: {
      sys: {
        initial_position: 'tail',
        journal_flags: ['SYSTEM'],
        units_to_match: ['a.service'],
        units_to_exclude: ['[x-z]*'],
        min_priority: 'warning',
        secret_filters: [{ pattern: '(?P<n>[a-f]{2,3})|\\d', replacement: '\\g<n>*' }],
        searches: [{ name: 's', fields: { MESSAGE: '(?i)^(a|b)+$' }, tags: { t: 'u' } }],
        senders: {
          out: {
            output_type: 'file',
            file_output: '/nowhere/out',
            extra_field_values: { a: 1 },
            field_filter: 'few',
            unit_log_level: 'quiet',
          },
        },
      },
    },
  },
  undefined,
  1,
);

/** Whatever comes in, there is a config or a ConfigError with faults that can be shown. */
async function assertCheckedOrRefused(load: Promise<unknown>): Promise<void> {
  try {
    await load;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert.ok(error.faults.length > 0);
    for (const { path, message } of error.faults)
      assert.doesNotMatch(`${path}${message}`, /\p{Cc}|undefined|\[object/u);
  }
}

const reader = childOf(childOf(configOption, 'readers'), 'NAME');
const keys = [configOption.properties, reader?.properties ?? {}].flatMap((properties) => Object.keys(properties));
const anyKey = fc.oneof(
  fc.constantFrom(...keys, '__proto__', 'constructor', 'output_type', 'file_output'),
  fc.string(),
);
const anyValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('file', 'head', 'OS_ROOT', ['SYSTEM', 'OS_ROOT'], 'a\0b', 1e308, -1, '', [], {}),
);

test('never throws anything but ConfigError on mutated text', async () => {
  const edits = fc.array(fc.record({ at: fc.nat(GOOD.length), drop: fc.nat(12), put: fc.string({ maxLength: 4 }) }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const text = list.reduce((t, { at, drop, put }) => t.slice(0, at) + put + t.slice(at + drop), GOOD);

      await assertCheckedOrRefused(parseConfig('x.json', text));
    }),
    { numRuns: 300 },
  );
});

test('never throws anything but ConfigError on objects of known keys with any values', async () => {
  const part = fc.dictionary(anyKey, anyValue, { maxKeys: 6 });
  const sender = fc.oneof(part, fc.record({ output_type: fc.constant('file'), more: anyValue, file_output: anyValue }));
  const withSenders = fc.tuple(part, fc.dictionary(anyKey, sender)).map(([rest, senders]) => ({ ...rest, senders }));
  const config = fc
    .tuple(part, fc.dictionary(anyKey, fc.oneof(part, withSenders)))
    .map(([rest, readers]) => ({ ...rest, readers }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(config, anyValue), async (value) => {
      await assertCheckedOrRefused(parseConfig('x.json', JSON.stringify(value)));
    }),
    { numRuns: 300 },
  );
});

test('never throws anything but ConfigError on any bytes', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'load-fuzz-'));
  const path = join(folder.path, 'config.json');
  const mutated = fc.tuple(fc.nat(GOOD.length), fc.uint8Array({ maxLength: 3 })).map(([at, bytes]) => {
    const good = Buffer.from(GOOD);
    return Buffer.concat([good.subarray(0, at), bytes, good.subarray(at + bytes.length)]);
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), async (bytes) => {
      await writeFile(path, bytes);

      await assertCheckedOrRefused(loadConfig(path));
    }),
    { numRuns: 200 },
  );
});

test('the text that is mutated is good', async () => {
  await assert.doesNotReject(parseConfig('x.json', GOOD));
});
