import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AuthenticationError, NotConnectedError, RejectedError, RetryableError } from '../../errors.ts';
import { created, FakeSearchServer, json, stored, type Bulk } from '../../../test/support/fake-search-server.ts';
import { headedBatch, makeSender, messages } from '../../../test/support/search-sender.ts';

const { signal } = new AbortController();

const failed = (status: number, type: string, reason = 'why') => ({ create: { status, error: { type, reason } } });

/** What sending some entries to a server that answers so comes to. */
async function outcomeOf(
  answer: (bulk: Bulk, response: ServerResponse, n: number) => void,
  { texts = ['a', 'b', 'c'], options = {} }: { texts?: string[]; options?: object } = {},
) {
  await using fake = await FakeSearchServer.start(answer);
  const { sender, said } = await makeSender('elasticsearch', { elasticsearch_url: fake.url, ...options });
  await using _ = sender;
  await sender.connect(signal);
  const error: unknown = await sender.send(headedBatch(messages(...texts)), signal).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, bulks: fake.bulks, said };
}

test('a bulk request is a line of where it goes and under which id, then the bytes of the entry', async () => {
  const { error, bulks } = await outcomeOf(stored);

  assert.equal(error, undefined);
  assert.equal(bulks.length, 1);
  const [action, entry] = bulks[0]!.lines;
  assert.match(action!, /^\{"create":\{"_index":"journalpump-2026-11-20","_id":"[\w-]{27}"\}\}$/);
  assert.equal(entry, '{"MESSAGE":"a","timestamp":"2026-11-20T23:10:05.123456"}');
  assert.match(bulks[0]!.url, /filter_path=errors%2Citems/);
  assert.equal(bulks[0]!.headers['content-type'], 'application/x-ndjson');
});

test('the same entry has the same id whenever it is sent', async () => {
  const ids = async (): Promise<unknown[]> => (await outcomeOf(stored)).bulks[0]!.lines.filter((_, i) => i % 2 === 0);

  assert.deepEqual(await ids(), await ids());
  assert.equal(new Set(await ids()).size, 3);
});

for (const { what, answer, kind, message, retryAfterMs } of [
  {
    what: 'HTML of a proxy',
    answer: (_: Bulk, response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    kind: NotConnectedError,
    message: /none to a bulk request; is it behind a proxy/,
  },
  {
    what: 'an HTML error page',
    answer: (_: Bulk, response: ServerResponse) =>
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'),
    kind: NotConnectedError,
    message: /answered 502 with text\/html; is it behind a proxy/,
  },
  {
    what: 'broken JSON',
    answer: (_: Bulk, response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"errors":false,"items":[{"cre'),
    kind: NotConnectedError,
    message: /broken JSON/,
  },
  {
    what: 'an answer that is cut off',
    answer: (_: Bulk, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 }).write('{"errors":');
      setImmediate(() => response.destroy());
    },
    kind: NotConnectedError,
    message: /closed|terminated|aborted|reset/,
  },
  {
    what: 'a connection closed after the request was sent',
    answer: (_: Bulk, response: ServerResponse) => void response.destroy(),
    kind: NotConnectedError,
    message: /closed|reset/,
  },
  {
    what: 'an answer about fewer entries',
    answer: (_: Bulk, response: ServerResponse) => {
      json(response, 200, { errors: false, items: [created] });
    },
    kind: NotConnectedError,
    message: /1 entries in place of 3/,
  },
  {
    what: 'items without a status',
    answer: (_: Bulk, response: ServerResponse) => {
      json(response, 200, { errors: false, items: [{}, {}, {}] });
    },
    kind: NotConnectedError,
    message: /what became of each entry/,
  },
  {
    what: 'a redirect',
    answer: (_: Bulk, response: ServerResponse) =>
      response.writeHead(307, { location: 'https://u:secret@other.example/x?token=secret' }).end(),
    kind: NotConnectedError,
    message: /redirects us to https:\/\/other\.example\/x \(307\)/,
  },
  {
    what: 'no answer in time',
    answer: () => undefined,
    kind: NotConnectedError,
    message: /no answer within 0.3 s/,
  },
  {
    what: '429 for the whole request',
    answer: (_: Bulk, response: ServerResponse) => {
      const error = { type: 'circuit_breaking_exception', reason: '[parent] Data too large' };
      json(response, 429, { error, status: 429 }, { 'retry-after': '7' });
    },
    kind: RetryableError,
    message: /429 circuit_breaking_exception: \[parent\] Data too large/,
    retryAfterMs: 7000,
  },
  {
    what: '401',
    answer: (_: Bulk, response: ServerResponse) => {
      json(response, 401, { error: { type: 'security_exception', reason: 'missing credentials' }, status: 401 });
    },
    kind: AuthenticationError,
    message: /does not accept our login \(401 security_exception: missing credentials\)/,
  },
  {
    what: '403',
    answer: (_: Bulk, response: ServerResponse) => {
      json(response, 403, { error: { type: 'security_exception', reason: 'no' }, status: 403 });
    },
    kind: AuthenticationError,
    message: /lacks a privilege/,
  },
  {
    what: 'a block of the cluster',
    answer: (_: Bulk, response: ServerResponse) => {
      const error = failed(403, 'cluster_block_exception', 'index [x] blocked by: [FORBIDDEN/8/index write (api)]');
      json(response, 200, { errors: true, items: [error, error, error] });
    },
    kind: RetryableError,
    message: /until somebody mends the index or the cluster \(403 cluster_block_exception/,
    retryAfterMs: 5000,
  },
]) {
  test(`${what}: all is tried again`, async () => {
    const { error } = await outcomeOf(
      (bulk, response) => {
        answer(bulk, response);
      },
      {
        options: { elasticsearch_timeout: what.startsWith('no answer') ? 0.3 : 10 },
      },
    );

    assert.ok(error instanceof RetryableError, String(error));
    assert.equal(error.constructor, kind);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /secret(?!s)/);
    assert.deepEqual(error.remaining, [0, 1, 2]);
    assert.equal(error.retryAfterMs, retryAfterMs);
  });
}

test('only what was not taken is tried again; what is there already counts as stored', async () => {
  const { error } = await outcomeOf((_, response) => {
    const busy = failed(429, 'es_rejected_execution_exception');
    json(response, 200, { errors: true, items: [created, failed(409, 'version_conflict_engine_exception'), busy] });
  });

  assert.ok(error instanceof RetryableError);
  assert.deepEqual(error.remaining, [2]);
});

test('what is refused for good is told with the reason, without pieces of the entry; the rest is tried again', async () => {
  const reason =
    "[1:23] failed to parse field [MESSAGE] of type [long] in document with id 'x'. Preview of field's value: 'hunter2'";
  const { error } = await outcomeOf(
    (_, response) => {
      const items = [
        created,
        failed(400, 'document_parsing_exception', reason),
        failed(503, 'unavailable_shards_exception'),
      ];
      json(response, 200, { errors: true, items });
    },
    { texts: ['a', 'hunter2', 'c'] },
  );

  assert.ok(error instanceof RejectedError);
  assert.deepEqual(error.rejected, [
    {
      index: 1,
      reason:
        "document_parsing_exception: [1:23] failed to parse field [MESSAGE] of type [long] in document with id '…'",
    },
  ]);
  assert.deepEqual(error.remaining, [2]);
  assert.doesNotMatch(error.message, /hunter2/);
});

test('a request that is too large is halved until it fits, and the limit is kept', async () => {
  const texts = Array.from({ length: 40 }, (_, n) => `${n}`.padEnd(500, 'x'));
  const { error, bulks, said } = await outcomeOf(
    (bulk, response) => {
      if (bulk.bytes > 6000) response.writeHead(413, { 'content-length': 0 }).end();
      else stored(bulk, response);
    },
    { texts, options: { in_flight: 1 } },
  );

  assert.equal(error, undefined);
  const sent = bulks.filter(({ bytes }) => bytes <= 6000).flatMap(({ lines }) => lines.filter((_, i) => i % 2 === 1));
  assert.equal(new Set(sent).size, 40);
  assert.equal(sent.length, 40);
  assert.match(said.join(''), /too large; sending at most/);
});

test('an entry that is too large even alone is refused, the others are stored', async () => {
  const { error, bulks } = await outcomeOf(
    (bulk, response) => {
      if (bulk.bytes > 1000) response.writeHead(413, { 'content-length': 0 }).end();
      else stored(bulk, response);
    },
    { texts: ['a', 'b'.repeat(2000), 'c'] },
  );

  assert.ok(error instanceof RejectedError);
  assert.deepEqual(
    error.rejected.map(({ index }) => index),
    [1],
  );
  assert.match(error.rejected[0]!.reason, /larger than the server takes/);
  assert.deepEqual(error.remaining, []);
  assert.ok(bulks.length < 10);
});

test('a batch is cut into requests of the size asked for, of which so many are under way at a time', async () => {
  let underWay = 0;
  let most = 0;
  const { error, bulks } = await outcomeOf(
    (bulk, response) => {
      most = Math.max(most, ++underWay);
      setTimeout(() => {
        underWay--;
        stored(bulk, response);
      }, 20);
    },
    { texts: Array.from({ length: 60 }, () => 'x'.repeat(300)), options: { max_batch_bytes: 2000, in_flight: 3 } },
  );

  assert.equal(error, undefined);
  assert.equal(most, 3);
  assert.ok(bulks.every(({ bytes }) => bytes <= 2000));
  assert.equal(bulks.flatMap(({ lines }) => lines).length, 120);
});

test('with compression requests are gzipped, and answers that are so are read', async () => {
  const { error, bulks } = await outcomeOf(
    ({ lines }, response) => {
      const body = gzipSync(JSON.stringify({ errors: false, items: Array(lines.length / 2).fill(created) }));
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
    },
    { texts: ['x'.repeat(2000)], options: { compression: 'gzip' } },
  );

  assert.equal(error, undefined);
  assert.equal(bulks[0]!.headers['content-encoding'], 'gzip');
  assert.equal(bulks[0]!.headers['accept-encoding'], 'gzip');
  assert.match(bulks[0]!.lines[1]!, /^\{"MESSAGE":"xxx/);
});

for (const { what, login = '', options = {}, wanted } of [
  { what: 'in the address', login: 'us%40er:p%3Ass@', wanted: `Basic ${Buffer.from('us@er:p:ss').toString('base64')}` },
  {
    what: 'as options',
    options: { user: 'u', password: 'p' },
    wanted: `Basic ${Buffer.from('u:p').toString('base64')}`,
  },
  { what: 'as API key', options: { api_key: 'a2V5' }, wanted: 'ApiKey a2V5' },
  { what: 'not at all', wanted: undefined },
] as { what: string; login?: string; options?: object; wanted?: string }[]) {
  test(`a login given ${what} is sent with each request`, async () => {
    await using fake = await FakeSearchServer.start(stored);
    const elasticsearch_url = fake.url.replace('//', `//${login}`);
    const { sender } = await makeSender('elasticsearch', { elasticsearch_url, ...options });
    await using _ = sender;
    await sender.connect(signal);

    await sender.send(headedBatch(messages('a')), signal);

    assert.equal(fake.bulks[0]!.headers.authorization, wanted);
  });
}

test('a path in the address and a pipeline are used; several addresses share the requests', async () => {
  await using one = await FakeSearchServer.start(stored);
  await using two = await FakeSearchServer.start(stored);
  const { sender } = await makeSender('opensearch', {
    opensearch_url: [`${one.url}/search/`, `${two.url}/search`],
    pipeline: 'p',
  });
  await using _ = sender;
  await sender.connect(signal);

  for (let n = 0; n < 4; n++) await sender.send(headedBatch(messages(`${n}`)), signal);

  assert.equal(one.bulks.length, 2);
  assert.equal(two.bulks.length, 2);
  assert.match(one.bulks[0]!.url, /^\/search\/_bulk\?.*pipeline=p/);
});

test('entries for a data stream get the time that it wants, unless they bring it', async () => {
  await using fake = await FakeSearchServer.start(stored);
  const { sender } = await makeSender('elasticsearch', { elasticsearch_url: fake.url, data_stream: 'logs-{UNIT}-x' });
  await using _ = sender;
  await sender.connect(signal);
  const entries = [{ A: '"@timestamp": no' }, {}, { '@timestamp': 'mine', A: 1 }];

  await sender.send(headedBatch(entries.map((entry, n) => ({ cursor: `c${n}`, values: ['Ünit/1'], entry }))), signal);

  const { lines } = fake.bulks[0]!;
  assert.match(lines[0]!, /"_index":"logs-_nit_1-x"/);
  const time = '2026-11-20T23:10:05.123456Z';
  assert.deepEqual(
    [1, 3, 5].map((i) => JSON.parse(lines[i]!) as unknown),
    [{ '@timestamp': time, ...entries[0] }, { '@timestamp': time }, entries[2]],
  );
});

for (const { what, url, message } of [
  {
    what: 'a host that is not there',
    url: 'http://u:secret@no-such-host.invalid:9200',
    message: /no such host name|DNS/,
  },
  {
    what: 'a port at which nobody listens',
    url: 'http://u:secret@127.0.0.1:1',
    message: /refused: nothing listens there/,
  },
]) {
  test(`${what} is told in a sentence without the login`, async () => {
    const { sender } = await makeSender('elasticsearch', { elasticsearch_url: url });
    await using _ = sender;

    await assert.rejects(sender.connect(signal), (error) => {
      assert.ok(error instanceof NotConnectedError);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

test('it gives up at once when the signal fires, and can be closed twice', async () => {
  const controller = new AbortController();
  await using fake = await FakeSearchServer.start(() => {
    controller.abort();
  });
  const { sender } = await makeSender('elasticsearch', { elasticsearch_url: fake.url });
  await sender.connect(signal);

  await assert.rejects(sender.send(headedBatch(messages('a')), controller.signal));
  await sender.close();
  await sender.close();
});
