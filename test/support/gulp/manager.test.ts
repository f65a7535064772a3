import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, documentOf, ingest, logIn, multipart } from './client.ts';
import { GulpManager } from './manager.ts';

suite('GulpManager', () => {
  test('stores a document and counts it', async () => {
    await using manager = await startWithUser();
    const token = await logIn(manager.url, 'bridge', 'Bridge-Pass1');

    const { data } = await ingest(manager.url, { token, operation: 'case', requestId: 'r1' }, [documentOf()]);

    assert.deepEqual([data.records_ingested, data.records_skipped], [1, 0]);
    assert.equal(manager.documents('case')[0]?.['@timestamp'], '2025-11-20T23:06:40.123456+00:00');
  });

  test('echoes the secrets of a request in its error body', async () => {
    await using manager = await startWithUser();
    const token = await logIn(manager.url, 'bridge', 'Bridge-Pass1');

    const wrongOperation = { token, query: { operation_id: 'nope', ws_id: 'x' }, ...multipart([documentOf()]) };
    const { status, text } = await ask(manager.url, '/ingest_raw', wrongOperation);
    const login = await ask(manager.url, '/login', { body: { user_id: 'bridge', password: 'wrong-Pass1' } });

    assert.equal(status, 404);
    assert.ok(text.includes(token));
    assert.ok(login.text.includes('wrong-Pass1'));
  });
});

async function startWithUser(): Promise<GulpManager> {
  const manager = await GulpManager.start();
  manager.addOperation('case');
  manager.addUser('bridge', { operations: ['case'] });
  return manager;
}
