import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { logIn } from './client.ts';

test('serve.ts is a manager as a process of its own', async (t) => {
  const script = new URL('serve.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, '--port', '0', '--user', 'bridge'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];

  const token = await logIn(url, 'bridge', 'Bridge-Pass1');
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];

  assert.match(token, /^[\da-f-]{36}$/);
  assert.equal(code, 0);
});
