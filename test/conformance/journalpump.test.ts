import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases, type Case } from './cases.ts';
import { through } from './through.ts';

/** The config of a case: one reader, and senders of files that are never written. */
function configOf({ top = {}, reader = {}, senders = { a: {} } }: Case): object {
  const files = Object.entries(senders).map(([name, keys]) => [
    name,
    { output_type: 'file', file_output: `/nowhere/${name}.jsonl`, ...keys },
  ]);
  return { ...top, readers: { r: { ...reader, senders: Object.fromEntries(files) as object } } };
}

for (const each of cases) {
  test(`${each.shows}: ${each.title}`, async () => {
    const { senders, hits } = await through(configOf(each), [each.entry]);

    for (const [sender, expected] of Object.entries(each.expect)) {
      const got = senders[sender] as Record<string, unknown>[];
      assert.equal(got.length, expected === null ? 0 : 1, `${sender} gets ${got.length} entries`);
      if (expected === null) continue;
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(got[0]![key], value, `${sender}: ${key}`);
      if (each.exact) assert.deepEqual(Object.keys(got[0]!).sort(), Object.keys(expected).sort());
    }
    if (each.hits !== undefined) assert.deepEqual(hits, each.hits);
  });
}

test('the table is of the size that was promised', () => {
  assert.ok(cases.length >= 60, `${cases.length} cases`);
});
