import assert from 'node:assert/strict';
import { mkdtempDisposable, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareReaders } from './changes.ts';
import { loadConfig } from './load.ts';

const kinds: Readonly<Record<string, object>> = {
  kafka: { kafka_address: 'k', kafka_topic: 't', ssl: true },
  websocket: { websocket_uri: 'wss://x' },
  elasticsearch: { elasticsearch_url: 'https://x' },
  opensearch: { opensearch_url: 'https://x' },
};

for (const [output_type, keys] of Object.entries(kinds)) {
  test(`a certificate of ${output_type} that was renewed in its place changes the reader, and nothing else does`, async (t) => {
    const folder = await mkdtempDisposable(join(tmpdir(), 'named-'));
    t.after(() => folder.remove());
    const [ca, certfile, keyfile] = ['ca', 'cert', 'key'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    const file = join(folder.path, 'config.json');
    const sender = { output_type, ...keys, ca, certfile, keyfile };
    const other = { output_type, ...keys };
    const readers = { r: { senders: { s: sender } }, q: { senders: { s: other } } };
    await writeFile(file, JSON.stringify({ readers }));
    for (const path of [ca, certfile, keyfile]) await writeFile(path, 'old');
    const load = async () => (await loadConfig(file)).config;
    const first = await load();

    assert.deepEqual(compareReaders(first, await load()).changed, []);
    for (const path of [ca, certfile, keyfile]) {
      const before = await load();
      await writeFile(path, `new ${path}`);
      assert.deepEqual(compareReaders(before, await load()).changed, ['r'], path);
    }
    await unlink(ca);
    assert.deepEqual(compareReaders(first, await load()).kept, ['q']);
  });
}
