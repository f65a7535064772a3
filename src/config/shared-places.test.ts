import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../errors.ts';
import { parseConfig } from './load.ts';

const gulp = (own: object) => ({
  output_type: 'gulp',
  user_id: 'one',
  password: 'p',
  url_server: 'http://gulp.example:8080',
  bridge_url: 'https://host.example',
  bridge_port: 8443,
  ...own,
});

/** What is said of the second sender. */
async function look(first: object, second: object, reader: object = {}) {
  const a = { senders: { s: gulp({ user_id: 'other', ...first }) }, ...reader };
  const b = { senders: { t: gulp(second) } };
  const text = JSON.stringify({ json_state_file_path: '/nowhere/s.json', readers: { a, b } });
  const found = await parseConfig('c.json', text).catch((error: unknown) => error);
  const { faults, warnings } =
    found instanceof ConfigError
      ? { faults: found.faults, warnings: [] }
      : { faults: [], warnings: (found as Awaited<ReturnType<typeof parseConfig>>).warnings };
  const said = (all: typeof faults) =>
    all.filter(({ path }) => path.startsWith('readers.b.')).map(({ path, message }) => `${path}: ${message}`);
  return { faults: said(faults), warnings: said(warnings) };
}

for (const [title, first, second, at] of [
  ['the same "listen"', { listen: '127.0.0.1:9000' }, { listen: '127.0.0.1:9000' }, 'listen'],
  ['a name of the same address', { listen: '127.0.0.1:9000' }, { listen: 'localhost:9000' }, 'listen'],
  ['all addresses and one of them', { listen: '0.0.0.0:9000' }, { listen: '10.0.0.1:9000' }, 'listen'],
  ['all addresses of IPv6 and one of them', { listen: '10.0.0.1:9000' }, { listen: '[::]:9000' }, 'listen'],
  ['the port of the same "bridge_url"', {}, {}, 'bridge_url'],
  ['a "listen" at the port that another "bridge_url" says', {}, { listen: 'host.example:8443' }, 'listen'],
] as const) {
  test(`two senders that listen at ${title} are refused, with the path of each`, async () => {
    const { faults } = await look(first, second);

    const key = 'listen' in first ? 'listen' : 'bridge_url';
    const port = 'listen' in second && 'listen' in first ? 9000 : 8443;
    assert.deepEqual(faults, [
      `readers.b.senders.t.${at}: would listen at port ${port} as readers.a.senders.s.${key} does; give each a port of its own`,
    ]);
  });
}

for (const { title, first, second, reader } of [
  { title: 'other ports', first: { listen: '127.0.0.1:9000' }, second: { listen: '127.0.0.1:9001' } },
  { title: 'other addresses', first: { listen: '10.0.0.1:9000' }, second: { listen: '10.0.0.2:9000' } },
  { title: 'any port that is free', first: { listen: '127.0.0.1:0' }, second: { listen: '127.0.0.1:0' } },
  {
    title: 'one address, one of them in a reader that is switched off',
    first: {},
    second: {},
    reader: { enabled: false },
  },
]) {
  test(`two senders at ${title} are fine`, async () => {
    assert.deepEqual(await look(first, second, reader), { faults: [], warnings: [] });
  });
}

test('two senders with one user of one Gulp server are warned of', async () => {
  const { faults, warnings } = await look({ user_id: 'one', listen: '127.0.0.1:9000' }, { listen: '127.0.0.1:9001' });

  assert.deepEqual(faults, []);
  assert.match(
    warnings.join('\n'),
    /^readers\.b\.senders\.t\.user_id: is the user of readers\.a\.senders\.s\.user_id, too/,
  );
});
