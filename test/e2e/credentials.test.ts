import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { command } from '../support/command.ts';
import { Daemon } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { need } from '../support/need.ts';
import { StatsdServer } from '../support/statsd-server.ts';

const COUNT = 500;
/** The values end alike, so that one search finds any of them; in an address the last one is written otherwise. */
const LEAK = /Cr3d3nt1al/;
const BASIC = Buffer.from('someone:from-file-Cr3d3nt1al').toString('base64');

/** A server that repeats what it was sent: refuses each document for the one sender, the login of the others. */
async function repeating(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const told = request.headers.authorization ?? '';
  const decoded = Buffer.from(told.replace(/^Basic /, ''), 'base64').toString();
  const body = await text(request);
  const answer = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  const reason = `you sent ${told}, which is ${decoded}`;
  if (!told.startsWith('ApiKey ')) answer(401, { error: { type: 'security_exception', reason } });
  else if (!request.url!.startsWith('/_bulk')) answer(200, { version: { number: '8.0.0' } });
  else {
    const items = Array.from({ length: body.split('\n').length >> 1 }, () => ({
      create: { status: 400, error: { type: 'document_parsing_exception', reason } },
    }));
    answer(200, { errors: true, items });
  }
}

async function sayingOf(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout, stderr } = await command(args, env);
  return stdout + stderr;
}

/** One sender for each place that a credential may come from. */
function sendersTo(port: number, passwordPath: string): Record<string, object> {
  const search = {
    output_type: 'elasticsearch',
    file_output: undefined,
    elasticsearch_url: `http://127.0.0.1:${port}`,
  };
  return {
    key: { ...search, api_key: { credential: 'key' }, max_send_interval: 0.1 },
    login: { ...search, user: 'someone', password: { file: passwordPath } },
    token: {
      output_type: 'websocket',
      file_output: undefined,
      websocket_uri: `ws://127.0.0.1:${port}/`,
      token: { env: 'CREDENTIAL_OF_TEST' },
    },
    inline: { ...search, elasticsearch_url: `http://x:inline-Cr3d3nt1al@127.0.0.1:${port}` },
  };
}

/** Every command that shows something of a config. */
function commandsOn(path: string): string[][] {
  return [
    ['check', '--connect', path],
    ['status', path],
    ['status', '--json', path],
    ['doctor', path],
    ['doctor', '--json', path],
    ['explain', '--json', '--lines', '3', path],
    ['redrive', '--dry-run', path, '--sender', 'key'],
  ];
}

async function commandLines(pid: number): Promise<string> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const all = [pid, ...children.trim().split(' ')].filter((each) => each !== '');
  return (await Promise.all(all.map((each) => readFile(`/proc/${each}/cmdline`, 'utf8').catch(() => '')))).join('\n');
}

test('no credential is shown: not by a command, in the log, the state, dead letters, metrics or a command line', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  using statsd = await StatsdServer.atAddress('127.0.0.1');
  const server = createServer((request, response) => void repeating(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const credentials = join(place.path, 'credentials');
  await mkdir(credentials);
  await writeFile(join(credentials, 'key'), 'from-systemd-Cr3d3nt1al\n', { mode: 0o600 });
  await writeFile(join(place.path, 'password'), 'from-file-Cr3d3nt1al\r\n', { mode: 0o600 });
  const env = { CREDENTIALS_DIRECTORY: credentials, CREDENTIAL_OF_TEST: 'from-env-Cr3d3nt1al' };
  const senders = sendersTo(port, join(place.path, 'password'));
  const top = { log_level: 'DEBUG', statsd: { host: '127.0.0.1', port: statsd.port } };
  const config = place.config({ reader: { journal_path: await cachedJournal({ count: COUNT }) }, senders, top });
  const path = join(place.path, 'config.json');
  await writeFile(path, JSON.stringify(config), { mode: 0o644 });

  await using daemon = await Daemon.start(config, { env });
  const letters = join(place.path, 'dead-letter/sys.key.jsonl');
  await daemon.waitFor(async () => (await readFile(letters, 'utf8').catch(() => '')).includes('\n'), 'dead letters');
  await daemon.waitForLog(/sys\.login.*login/);
  const shown = await Promise.all([commandLines(daemon.pid), ...commandsOn(path).map((args) => sayingOf(args, env))]);
  const { stderr, stdout } = await daemon.stop();
  server.closeAllConnections();
  server.close();

  const kept = (await readdir(place.path, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  const written = kept.filter(({ name }) => !['key', 'password', 'config.json'].includes(name));
  const files = await Promise.all(written.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
  const told = [...shown, stderr, stdout, ...statsd.datagrams, ...files];
  assert.ok(statsd.datagrams.length > 0);
  assert.ok(written.some(({ name }) => name === 'sys.key.jsonl'));
  assert.match(shown.join('\n'), /\(secret\)/);
  for (const each of told) {
    assert.doesNotMatch(each, LEAK);
    assert.ok(!each.includes(BASIC), each.slice(0, 500));
  }
});
