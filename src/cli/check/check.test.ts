import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkConfig } from './check.ts';

/** What `check` says about a config; FILE stands for its path. */
async function check(config: unknown) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'check-'));
  const file = join(folder.path, 'x.json');
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  let [out, err] = ['', ''];
  const code = await checkConfig(file, {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
  });
  return { code, out: out.replaceAll(file, 'FILE'), err: err.replaceAll(file, 'FILE') };
}

const sender = (name: string, more: object = {}) => ({
  [name]: { output_type: 'file', file_output: `/nowhere/${name}`, ...more },
});
const state = { json_state_file_path: '/nowhere/state.json' };

test('sums up a config that is fine', async () => {
  const readers = { a: { senders: { ...sender('x'), ...sender('y') } }, b: { senders: sender('z') } };

  const result = await check({ ...state, readers });

  assert.deepEqual(result, { code: 0, out: 'FILE: fine: 2 readers, 3 senders (file)\n', err: '' });
});

test('counts apart what is disabled', async () => {
  const readers = {
    a: { senders: { ...sender('x'), ...sender('y', { enabled: false }) } },
    b: { enabled: false, senders: sender('z') },
  };

  const { out } = await check({ ...state, readers });

  assert.equal(out, 'FILE: fine: 1 reader (1 disabled), 1 sender (file, 1 disabled)\n');
});

test('warns on stderr and is fine nevertheless', async () => {
  const result = await check({ ...state, readers: { a: { tags: {}, senders: sender('x') } } });

  assert.equal(result.code, 0);
  assert.equal(
    result.err,
    'warning: readers.a.tags: ignored: journalpump does not read it from a reader either; it belongs at the top level\n',
  );
});

test('warns of certificates that cannot be used as they are', async () => {
  const search = (more: object) => ({ output_type: 'elasticsearch', elasticsearch_url: 'https://localhost', ...more });
  const senders = {
    gone: search({ ca: '/nowhere/ca.pem' }),
    odd: search({ ca: import.meta.filename }),
    off: search({ ca: '/nowhere/ca.pem', enabled: false }),
  };

  const { code, err } = await check({ ...state, readers: { a: { senders } } });

  assert.equal(code, 0);
  const [gone, odd, ...more] = err.trimEnd().split('\n');
  assert.equal(gone, 'warning: readers.a.senders.gone: the file of "ca", /nowhere/ca.pem, does not exist');
  assert.match(odd!, /^warning: readers\.a\.senders\.odd: the file of "ca", .*, holds no certificate in PEM form /);
  assert.deepEqual(more, []);
});

test('names the file where a fault is of the whole', async () => {
  assert.equal((await check([])).err, 'FILE: must be an object, got an empty list\n');
  assert.equal((await check({})).err, 'FILE: "readers" is missing\n');
});

test('prints every fault on a line of its own', async () => {
  const readers = { sys: { senders: { out: { output_type: 'file', file_ouput: 'x' } }, 'journal\npath': 1 } };

  const result = await check({ log_level: 1000, readers });

  assert.equal(result.code, 78);
  assert.equal(result.out, '');
  assert.deepEqual(result.err.split('\n').sort(), [
    '',
    'log_level: must be one of "DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "NOTSET" or an integer from 0 to 50, got 1000',
    'readers.sys.senders.out: unknown key "file_ouput"; did you mean "file_output"?',
    'readers.sys: unknown key "journal\\u000apath"; did you mean "journal_path"?',
  ]);
});

test('names the file and the place of broken JSON', async () => {
  const result = await check('{\n  "readers": {},\n}');

  assert.deepEqual(result, {
    code: 78,
    out: '',
    err: 'FILE: line 3, column 1: a key in double quotes is missing here; there is no comma after the last one\n',
  });
});
