import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { outputsOf } from '../../src/cli/verify/order.ts';
import { command } from '../support/command.ts';
import { runOnce } from '../support/daemon.ts';
import { ENCRYPTION_KEY, makeEncryptedPlace } from '../support/encrypted.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { need } from '../support/need.ts';
import { openEnvelope } from '../support/open-envelope.ts';

const COUNT = 400;
const main = join(import.meta.dirname, '../../src/main.ts');
const httpSender = { NODE_OPTIONS: `--import=${join(import.meta.dirname, '../support/http-sender.ts')}` };

/** A place with a journal to read, a key in a file, and what `encrypt` says of it. */
async function makeEncrypted() {
  return { ...(await makeEncryptedPlace()), reader: { journal_path: await cachedJournal({ count: COUNT }) } };
}

test('what a rotated, chained file holds encrypted comes back as a plain sender has it', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const { place, keyFile, reader, encrypt } = await makeEncrypted();
  await using _ = place;
  const grown = { rotate: { max_bytes: 60_000, compress: 'gzip' }, hash_chain: true };
  const config = place.config({ reader, senders: { plain: {}, out: { encrypt, ...grown } } });

  const { code, stderr } = await runOnce(config);

  assert.equal(code, 0, stderr);
  const names = (await readdir(place.path)).filter((name) => name.startsWith('out.jsonl'));
  const files = outputsOf(names.map((name) => join(place.path, name))).flat();
  assert.ok(files.length > 2 && files[0]!.endsWith('.gz'), names.join());
  const plain = await readFile(place.output('plain'), 'utf8');
  const written = await Promise.all(files.map(async (file) => readFile(file)));
  const envelopes = written.map((bytes, n) => (files[n]!.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
  const lines = envelopes.join('').split('\n').slice(0, -1);
  assert.ok(lines.map((line) => `${openEnvelope(line, ENCRYPTION_KEY).toString()}\n`).join('') === plain);
  assert.ok(!envelopes.join('').includes('MESSAGE'));
  const decrypted = await command(['decrypt', '--key', keyFile, ...files]);
  assert.deepEqual([decrypted.code, decrypted.stdout === plain, decrypted.stderr], [0, true, '']);
  const verified = await command(['verify', ...files]);
  assert.equal(verified.code, 0, verified.stderr);
});

test('a file for each unit: what the names are made of is plain, the lines are not, and the chain of each holds', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const { place, keyFile, reader, encrypt } = await makeEncrypted();
  await using _ = place;
  const routed = { file_output: join(place.path, 'routed', '{SYSTEMD_UNIT}.jsonl'), create_directories: true };
  const grown = { rotate: { max_bytes: 40_000, compress: 'zstd' }, hash_chain: true };
  const senders = { plain: {}, out: { ...routed, ...grown, encrypt } };

  const { code, stderr } = await runOnce(place.config({ reader, senders }));

  assert.equal(code, 0, stderr);
  const names = (await readdir(join(place.path, 'routed'))).map((name) => join(place.path, 'routed', name));
  const opened = await command(['decrypt', '--key', keyFile, ...names]);
  const verified = await command(['verify', ...names]);
  const plain = await readFile(place.output('plain'), 'utf8');
  assert.ok(names.length > 5 && names.some((name) => name.endsWith('.zst')), names.join());
  assert.deepEqual([opened.code, opened.stderr, verified.code], [0, '', 0], verified.stderr);
  assert.deepEqual(opened.stdout.split('\n').sort(), plain.split('\n').sort());
});

test('decrypt streams from a pipe, and a wrong key gives nothing', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const { place, keyFile, reader, encrypt } = await makeEncrypted();
  await using _ = place;
  await runOnce(place.config({ reader, senders: { out: { encrypt } } }));
  const [first] = (await readFile(place.output(), 'utf8')).split('\n');
  const child = spawn(process.execPath, [main, 'decrypt', '--key', 'env:K'], {
    env: { ...process.env, K: ENCRYPTION_KEY.toString('hex') },
    stdio: ['pipe', 'pipe', 'inherit'],
  });

  child.stdin.write(`${first}\n`);
  const [answer] = (await once(child.stdout, 'data')) as [Buffer];
  child.stdin.end();
  const [code] = (await once(child, 'exit')) as [number];
  await writeFile(keyFile, 'aa'.repeat(32));
  const wrong = await command(['decrypt', '--key', keyFile, place.output()]);

  assert.deepEqual([code, answer.toString()], [0, `${openEnvelope(first!, ENCRYPTION_KEY).toString()}\n`]);
  assert.deepEqual([wrong.code, wrong.stdout], [1, '']);
  assert.match(wrong.stderr, /out\.jsonl:1: this line was encrypted with another key/);
});

test('dead letters are encrypted, and nothing shows the key', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const { place, reader, encrypt } = await makeEncrypted();
  await using _ = place;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const count = body.split('\n').length - 1;
      response.end(JSON.stringify(Array.from({ length: count }, (_, n) => [n, 'no'])));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const test_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const config = place.config({
    reader,
    senders: { plain: {}, out: { output_type: 'http_test', file_output: undefined, test_url, encrypt } },
    top: { log_level: 'DEBUG' },
  });
  const configPath = join(place.path, 'config.json');
  await writeFile(configPath, JSON.stringify(config));

  const { code, stderr } = await runOnce(config, { env: httpSender });
  const others = await Promise.all(
    [['check'], ['explain', '--lines', '3'], ['status', '--json']].map(([name, ...args]) =>
      command([name!, configPath, ...args], httpSender),
    ),
  );

  assert.equal(code, 0, stderr);
  const letters = await readFile(join(place.path, 'dead-letter', 'sys.out.jsonl'), 'utf8');
  const payloads = letters
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { payload: string }).payload);
  const opened = payloads.map((payload) => `${openEnvelope(payload, ENCRYPTION_KEY).toString()}\n`).join('');
  assert.equal(opened, await readFile(place.output('plain'), 'utf8'));
  assert.match(others[0]!.stdout, /2 senders \(1 file, 1 http_test, 1 encrypted\)/);
  assert.match(
    others[1]!.stdout,
    /encrypt +what is shown below goes out in an envelope of [\d,]+ bytes: aes-256-gcm, key k1/,
  );
  const said = [
    stderr,
    letters,
    JSON.stringify(await place.state()),
    ...others.flatMap((one) => [one.stdout, one.stderr]),
  ];
  for (const spelling of ['base64', 'hex', 'base64url'] as const) {
    for (const one of said) assert.ok(!one.includes(ENCRYPTION_KEY.toString(spelling)));
  }
});
