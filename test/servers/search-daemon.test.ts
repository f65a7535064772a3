import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { Place } from '../integration/place.ts';
import { makeCertificates } from '../support/certificates.ts';
import { command } from '../support/command.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { decrypted, makeEncryptedPlace } from '../support/encrypted.ts';
import { json } from '../support/fake-search-server.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { readJsonLines } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { lackOf } from '../support/requirements.ts';
import { SearchServer } from '../support/search-server.ts';

const COUNT = 2000;
const SECRETS = { password: 'sesame-open', api_key: 'c2VzYW1lOm9wZW4=' };
/** As they are, and as the header of a request has them. */
const SECRET = new RegExp(
  `sesame-open|c2VzYW1lOm9wZW4|${Buffer.from('u:sesame-open').toString('base64').slice(0, -2)}`,
);
let server: SearchServer; // there in every test that is not skipped

before(async () => {
  if (lackOf('opensearch') === undefined) server = await SearchServer.start('opensearch');
});
after(async () => {
  if (lackOf('opensearch') === undefined) await server[Symbol.asyncDispose]();
});

function searchTest(title: string, body: (t: TestContext) => Promise<void>): void {
  test(title, { timeout: 600_000 }, async (t) => {
    if (need(t, 'opensearch', 'journalctl', 'systemd-journal-remote', 'openssl')) await body(t);
  });
}

async function sayingOf(...args: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await command(args);
  return { code, said: stdout + stderr };
}

/** A config with the one sender `search`, which is also in a file. */
async function configured(place: Place, keys: object, top: object = {}) {
  const search = { output_type: 'opensearch', opensearch_url: server.url, max_send_interval: 0.1, ...keys };
  const reader = { journal_path: await cachedJournal({ count: COUNT }), senders: { search } };
  const config = { json_state_file_path: place.statePath, ...top, readers: { sys: reader } };
  const path = join(place.path, 'config.json');
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return { config, path, letters: join(place.path, 'dead-letter', 'sys.search.jsonl') };
}

async function contents(): Promise<unknown> {
  const { index_templates } = await server.ask<{ index_templates: { name: string }[] }>('GET', '/_index_template');
  return [await server.indices('*'), index_templates.map(({ name }) => name).sort()];
}

/** A server with a certificate of an authority of our own. */
async function tlsServer(t: TestContext) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'search-tls-'));
  const { ca, server: own } = await makeCertificates(folder.path);
  const answer = (_: IncomingMessage, response: ServerResponse): void => {
    json(response, 200, { version: { number: '8.19.21' } });
  };
  const options = { cert: await readFile(own.certfile), key: await readFile(own.keyfile) };
  const tls = createTlsServer(options, answer).listen(0, '::');
  await once(tls, 'listening');
  t.after(async () => {
    tls.closeAllConnections();
    tls.close();
    await folder.remove();
  });
  return { ca, port: (tls.address() as AddressInfo).port };
}

for (const { what, keys, code = 1, wanted } of [
  { what: 'a good one', keys: () => ({}), code: 0, wanted: /^/ },
  {
    what: 'a port at which nobody listens',
    keys: () => ({ opensearch_url: 'http://127.0.0.1:1' }),
    wanted: /OpenSearch at http:\/\/127\.0\.0\.1:1: .*refused: nothing listens there/,
  },
  {
    what: 'an unknown host name',
    keys: () => ({ opensearch_url: 'http://no-such-host.invalid:9200' }),
    wanted: /no-such-host\.invalid.*(there is no such host name|the DNS gave no answer)/,
  },
] as { what: string; keys: () => object; code?: number; wanted: RegExp }[]) {
  searchTest(`check --connect tells of ${what}, and changes nothing at the server`, async () => {
    await using place = await Place.make();
    const { path } = await configured(place, { user: 'u', password: SECRETS.password, ...keys() });
    const earlier = await contents();

    const found = await sayingOf('check', '--connect', path);

    assert.equal(found.code, code, found.said);
    assert.match(found.said, wanted);
    assert.doesNotMatch(found.said, SECRET);
    assert.doesNotMatch(found.said, /\n\s+at /);
    assert.deepEqual(await contents(), earlier);
  });
}

searchTest('check --connect with a TLS server on a real socket tells of its authority and its name', async (t) => {
  await using place = await Place.make();
  const { ca, port } = await tlsServer(t);
  for (const { host, own, code, wanted } of [
    { host: 'localhost', own: { ca }, code: 0, wanted: /^/ },
    { host: 'localhost', own: {}, code: 1, wanted: /signed by nobody we trust/ },
    { host: '127.0.0.2', own: { ca }, code: 1, wanted: /its certificate is for another name/ },
  ]) {
    const { path } = await configured(place, { opensearch_url: `https://u:sesame-open@${host}:${port}`, ...own });

    const found = await sayingOf('check', '--connect', path);

    assert.equal(found.code, code, found.said);
    assert.match(found.said, wanted);
    assert.doesNotMatch(found.said, SECRET);
  }
});

for (const { what, prefix, login } of [
  { what: 'a password', prefix: 'by-user', login: { user: 'u', password: SECRETS.password } },
  { what: 'an API key', prefix: 'by-key', login: { api_key: SECRETS.api_key } },
]) {
  searchTest(
    `${what} is shown nowhere while an HTTP server answers 401, is down, or a real one takes all`,
    async (t) => {
      await using place = await Place.make();
      const outputs: string[] = [];
      const denying = await serverThatDenies(t);
      for (const { url, connects, trouble } of [
        { url: denying, connects: 1, trouble: /does not accept our login \(401/ },
        { url: 'http://127.0.0.1:1', connects: 1, trouble: /nothing listens there/ },
        { url: server.url, connects: 0, trouble: undefined },
      ]) {
        const keys = { ...login, opensearch_index_prefix: prefix, opensearch_url: url };
        const { config, path } = await configured(place, keys, { shutdown_timeout: 0.1 });
        const found = await sayingOf('check', '--connect', path);
        assert.equal(found.code, connects, found.said);
        await using daemon = await Daemon.start(config, { once: trouble === undefined });
        if (trouble !== undefined) await daemon.waitForLog(trouble);
        const { stdout, stderr, code } = await (trouble === undefined ? daemon.end : daemon.stop());
        assert.equal(code, 0, stderr);
        outputs.push(found.said, (await sayingOf('check', path)).said, stdout, stderr, await stateOf(place));
      }

      assert.doesNotMatch(outputs.join('\n'), SECRET);
      assert.match(outputs.join('\n'), /does not accept our login/);
      assert.equal(await server.count(`${prefix}-*`), COUNT);
    },
  );
}

async function serverThatDenies(t: TestContext): Promise<string> {
  // As careless a server as there may be: it tells the login that it did not accept.
  const denying = createServer((request, response) => {
    const reason = `cannot let in ${request.headers.authorization ?? ''}`;
    json(response, 401, { error: { type: 'security_exception', reason }, status: 401 });
  }).listen(0, '127.0.0.1');
  await once(denying, 'listening');
  t.after(() => {
    denying.closeAllConnections();
    denying.close();
  });
  return `http://127.0.0.1:${(denying.address() as AddressInfo).port}`;
}

async function stateOf(place: Place): Promise<string> {
  return JSON.stringify(await place.state());
}

searchTest('indices are named by a field that the field filter leaves out of the documents', async () => {
  await using place = await Place.make();
  const index = 'logs-{SYSLOG_IDENTIFIER}-%Y.%m.%d';
  const top = { field_filters: { few: { type: 'whitelist', fields: ['MESSAGE', 'SEQ'] } } };
  const { config } = await configured(place, { index, field_filter: 'few' }, top);
  const whole = { output_type: 'file', file_output: place.output() };
  const sys = config.readers.sys;
  const both = { ...config, readers: { sys: { ...sys, senders: { ...sys.senders, whole } } } };

  const { code, stderr } = await runOnce(both);

  assert.equal(code, 0, stderr);
  const entries = await readJsonLines(place.output());
  const documents = await server.documents('logs-*');
  assert.equal(documents.length, COUNT);
  const indexOf = new Map(documents.map(({ index, source }) => [source['SEQ'], index]));
  for (const entry of entries) {
    const name = ((entry['SYSLOG_IDENTIFIER'] as string | undefined) ?? 'default').toLowerCase();
    assert.equal(indexOf.get(entry['SEQ']), `logs-${name.replace(/[^a-z0-9._@+-]+/g, '_')}-2026.01.01`);
  }
  assert.ok(new Set(indexOf.values()).size > 3);
  const fields = new Set(documents.flatMap(({ source }) => Object.keys(source)));
  assert.deepEqual([...fields].sort(), ['MESSAGE', 'SEQ']);
});

searchTest('what a mapping refuses is a dead letter with the reason, and sent once when it is mended', async () => {
  await using place = await Place.make();
  const name = 'narrow-2026-01-01';
  const narrow = { date_detection: false, properties: { COREDUMP_BLOB: { type: 'long' } } };
  await server.ask('PUT', `/${name}`, { mappings: narrow });
  const login = { user: 'u', password: SECRETS.password };
  const { config, path, letters } = await configured(place, { opensearch_index_prefix: 'narrow', ...login });

  const { code, stderr } = await runOnce(config);

  assert.equal(code, 0, stderr);
  const text = await readFile(letters, 'utf8');
  const kept = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { reason: string; payload: string });
  assert.equal(kept.length, COUNT / 1000);
  assert.equal(await server.count(name), COUNT - kept.length);
  for (const { reason, payload } of kept) {
    const { COREDUMP_BLOB: blob } = JSON.parse(payload) as { COREDUMP_BLOB: string };
    assert.match(reason, /parsing_exception: .*failed to parse field \[COREDUMP_BLOB\] of type \[long\]/);
    assert.ok(!reason.includes(blob) && !stderr.includes(blob));
  }
  assert.doesNotMatch(text + stderr + (await stateOf(place)), SECRET);

  const early = await sayingOf('redrive', path, '--sender', 'search');
  assert.equal(early.code, 1, early.said);
  await server.ask('DELETE', `/${name}`);
  const again = await sayingOf('redrive', path, '--sender', 'search');
  assert.equal(again.code, 0, again.said);
  const bySequence = (a: { SEQ?: unknown }, b: { SEQ?: unknown }): number => Number(a.SEQ) - Number(b.SEQ);
  const documents = (await server.documents(name)).map(({ source }) => source);
  const wanted = kept.map(({ payload }) => JSON.parse(payload) as { SEQ: string });
  assert.deepEqual(documents.sort(bySequence), wanted.sort(bySequence));
  assert.equal((await sayingOf('redrive', path, '--sender', 'search')).said, 'sys.search: no dead letters\n');
  assert.equal(await server.count(name), kept.length);
  assert.doesNotMatch(early.said + again.said, SECRET);
});

searchTest(
  'an index that cannot be made as its template says makes no dead letters; it goes on when that is mended',
  async () => {
    await using place = await Place.make();
    const settings = { 'index.sort.field': 'nowhere' };
    await server.ask('PUT', '/_index_template/broken', { index_patterns: ['broken-*'], template: { settings } });
    const { config, letters } = await configured(place, { opensearch_index_prefix: 'broken' });
    await using daemon = await Daemon.start(config, { once: true });

    await daemon.waitForLog(
      /index "broken-2026-01-01" has taken no entry yet and refuses them \(400 illegal_argument_exception/,
    );
    await server.ask('DELETE', '/_index_template/broken');
    const { code, stderr } = await daemon.end;

    assert.equal(code, 0, stderr);
    assert.equal(await server.count('broken-*'), COUNT);
    await assert.rejects(readFile(letters), { code: 'ENOENT' });
  },
);

for (const { title, keys, documentsIn } of [
  { title: 'an index', keys: { opensearch_index_prefix: 'sealed' }, documentsIn: 'sealed-2*' },
  { title: 'a data stream, which adds @timestamp,', keys: { data_stream: 'veiled' }, documentsIn: 'veiled' },
]) {
  searchTest(`what ${title} holds encrypted comes back as a plain sender has it`, async () => {
    const { place, keyFile, encrypt } = await makeEncryptedPlace();
    await using _ = place;
    const { config } = await configured(place, { ...keys, encrypt });
    const plain = { output_type: 'file', file_output: place.output() };
    const { sys } = config.readers;
    const both = { ...config, readers: { sys: { ...sys, senders: { ...sys.senders, plain } } } };

    const { code, stderr } = await runOnce(both);

    assert.equal(code, 0, stderr);
    const documents = await server.documents(documentsIn);
    const lines = documents.map(({ source }) => JSON.stringify(source));
    const wanted = (await readFile(place.output(), 'utf8')).split('\n').slice(0, -1);
    assert.deepEqual((await decrypted(place, keyFile, lines)).sort(), wanted.sort());
  });
}
