import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ConfigError } from '../errors.ts';
import { withoutSecrets } from '../secrets.ts';
import { loadConfig, parseConfig } from './load.ts';

const SECRET = 'correct-horse-battery';
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  process.env['CREDENTIALS_DIRECTORY'] = folder;
  process.env['SOCKET_TEST_SECRET'] = SECRET;
  await writeFile(join(folder, 'login'), `${SECRET}\n`);
  await writeFile(join(folder, 'empty'), '\n');
});

after(async () => {
  delete process.env['CREDENTIALS_DIRECTORY'];
  delete process.env['SOCKET_TEST_SECRET'];
  await rm(folder, { recursive: true });
});

function configWith(sender: object): string {
  const es = { output_type: 'elasticsearch', elasticsearch_url: 'http://localhost:9200', ...sender };
  return JSON.stringify({ json_state_file_path: '/nowhere/s.json', readers: { r: { senders: { s: es } } } });
}

async function faultsOf(sender: object): Promise<string[]> {
  const error: unknown = await parseConfig('x.json', configWith(sender)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ConfigError ? error.faults.map(({ path, message }) => `${path}: ${message}`) : [];
}

for (const [title, reference] of [
  ['a credential', () => ({ credential: 'login' })],
  ['a file', () => ({ file: join(folder, 'login') })],
  ['the environment', () => ({ env: 'SOCKET_TEST_SECRET' })],
] as const) {
  test(`takes a string from ${title}`, async () => {
    const { config } = await parseConfig('x.json', configWith({ user: 'u', password: reference() }));

    assert.equal(config.readers['r']?.senders['s']?.options['password'], SECRET);
  });
}

test('a key of an option that is an object or something else may stand elsewhere, too', async () => {
  const file = { output_type: 'file', file_output: '/nowhere/out', hash_chain: { key: { credential: 'login' } } };

  const { config } = await parseConfig('x.json', configWith({ elasticsearch_url: undefined, ...file }));

  assert.deepEqual(config.readers['r']?.senders['s']?.options['hash_chain'], { key: SECRET });
});

test('the kind of sender may stand elsewhere, too', async () => {
  process.env['SOCKET_TEST_KIND'] = 'elasticsearch';

  const { config } = await parseConfig(
    'x.json',
    configWith({ output_type: { env: 'SOCKET_TEST_KIND' }, user: 'u', password: { credential: 'login' } }),
  );

  assert.equal(config.readers['r']?.senders['s']?.options['password'], SECRET);
});

const path = 'readers.r.senders.s.password';
const missing: readonly (readonly [string, object, RegExp])[] = [
  ['a credential that is not there', { credential: 'nope' }, /the credential "nope" does not exist$/],
  ['a credential outside its folder', { credential: '../x' }, /"\.\.\/x" is no name of a credential$/],
  ['an empty credential', { credential: 'empty' }, /the credential "empty" is empty$/],
  ['a variable that is not there', { env: 'NOT_THERE_AT_ALL' }, /has no variable "NOT_THERE_AT_ALL"$/],
  ['a device that never ends', { file: '/dev/zero' }, /the file "\/dev\/zero" cannot be read: it is no regular file$/],
  ['a directory', { file: '/' }, /the file "\/" cannot be read: it is no regular file$/],
  ['a file that is not there', { file: '/nowhere/x' }, /the file "\/nowhere\/x" does not exist$/],
];
for (const [title, password, message] of missing) {
  test(`${title} is one fault, at the option`, async () => {
    const faults = await faultsOf({ user: 'u', password });

    assert.equal(faults.length, 1);
    assert.ok(faults[0]?.startsWith(`${path}: `));
    assert.match(faults[0] ?? '', message);
  });
}

test('a value that cannot be used is not shown', async () => {
  const faults = await faultsOf({ elasticsearch_url: { credential: 'login' }, format: { credential: 'login' } });

  assert.ok(faults.length >= 1);
  assert.ok(!faults.join('\n').includes('horse'), faults.join('\n'));
});

test('secrets in a file that all may read draw a warning, those from elsewhere do not', async () => {
  const file = join(folder, 'config.json');
  const warned = async (password: unknown, mode: number): Promise<string[]> => {
    await writeFile(file, configWith({ user: 'u', password }));
    await chmod(file, mode);
    return (await loadConfig(file)).warnings.map((warning) => warning.path);
  };

  const warnings = [
    await warned('inline', 0o644),
    await warned('inline', 0o640),
    await warned({ credential: 'login' }, 0o644),
  ];

  assert.deepEqual(warnings, [[path], [], []]);
});

test('a secret within an option that is an object or something else is one, too', async () => {
  const file = join(folder, 'chain.json');
  const chain = { output_type: 'file', file_output: '/nowhere/out', hash_chain: { key: 'in-the-config-itself' } };
  await writeFile(file, configWith({ elasticsearch_url: undefined, ...chain }), { mode: 0o644 });

  const { warnings } = await loadConfig(file);

  assert.deepEqual(
    warnings.map((warning) => warning.path),
    ['readers.r.senders.s.hash_chain.key'],
  );
  assert.doesNotMatch(withoutSecrets('with in-the-config-itself'), /in-the-config/);
});

test('a pipe that nobody writes to does not hold up the load', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);

  const faults = await faultsOf({ user: 'u', password: { file: pipe } });

  assert.equal(faults.length, 1);
  assert.match(faults[0]!, /pipe" cannot be read: it is no regular file$/);
});

test('a file that is too large is not read to its end', async () => {
  const large = join(folder, 'large');
  await writeFile(large, '');
  await truncate(large, 1e12);

  const faults = await faultsOf({ user: 'u', password: { file: large } });

  assert.match(faults[0] ?? '', /large" cannot be read: it is larger than 1048576 bytes$/);
});

test('a secret that stands in the config is hidden in what is told from then on', async () => {
  const sender = {
    output_type: 'kafka',
    kafka_address: 'h:1',
    kafka_topic: 't',
    security_protocol: 'SASL_PLAINTEXT',
    sasl_plain_username: 'ship',
    sasl_plain_password: 'inline-pw-71',
    socks5_proxy: 'socks5://me:proxy-pw-72@p:1080',
  };

  await parseConfig('c.json', JSON.stringify({ readers: { r: { senders: { s: sender } } } }));

  assert.equal(withoutSecrets('it said inline-pw-71 and proxy-pw-72'), 'it said (secret) and (secret)');
});
