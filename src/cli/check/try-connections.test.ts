import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../../config/load.ts';
import { checkConfig } from './check.ts';
import { tryConnections } from './try-connections.ts';

/** What a `file` sender with these options is told. */
async function troubleOf(options: object): Promise<string | undefined> {
  const senders = { out: { output_type: 'file', ...options } };
  const { config } = await parseConfig('x', JSON.stringify({ readers: { sys: { senders } } }));
  const [result] = await tryConnections(config);
  return result!.trouble;
}

for (const { title, make, path, more = {}, trouble } of [
  { title: 'that can be made', make: () => undefined, path: 'out.jsonl', trouble: /^$/ },
  {
    title: 'that is there',
    make: (f: string) => writeFile(join(f, 'out'), '{"a":1}\n{"torn'),
    path: 'out',
    trouble: /^$/,
  },
  {
    title: 'in a directory that may be made',
    make: () => undefined,
    path: 'a/b/out',
    more: { create_directories: true },
    trouble: /^$/,
  },
  {
    title: 'in a directory that is missing',
    make: () => undefined,
    path: 'a/out',
    trouble: /its directory does not exist/,
  },
  {
    title: 'that is a directory',
    make: (f: string) => mkdir(join(f, 'out')),
    path: 'out',
    trouble: /it is a directory/,
  },
  {
    title: 'below a file',
    make: (f: string) => writeFile(join(f, 'a'), ''),
    path: 'a/out',
    more: { create_directories: true },
    trouble: /a part of its path is no directory/,
  },
  {
    title: 'that is not ours',
    make: (f: string) => writeFile(join(f, 'out'), 'MZ'),
    path: 'out',
    trouble: /does not begin like JSON lines/,
  },
  {
    title: 'that is a FIFO',
    make: (f: string) => execFileSync('mkfifo', [join(f, 'out')]),
    path: 'out',
    trouble: /it is a FIFO/,
  },
]) {
  test(`looks at a file ${title}, and changes nothing`, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'connect-'));
    await make(folder.path);
    const before = await readdir(folder.path, { recursive: true });

    const found = await troubleOf({ file_output: join(folder.path, path), ...more });

    assert.match(found ?? '', trouble);
    assert.deepEqual(await readdir(folder.path, { recursive: true }), before);
    if (title === 'that is there') assert.equal(await readFile(join(folder.path, 'out'), 'utf8'), '{"a":1}\n{"torn');
  });
}

test('tells of each enabled sender on a line, and the worst is the exit code', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'connect-'));
  const sender = (file: string, more = {}) => ({ output_type: 'file', file_output: join(folder.path, file), ...more });
  const senders = { good: sender('good'), bad: sender('no/bad'), off: sender('no/off', { enabled: false }) };
  const check = async (config: unknown) => {
    const file = join(folder.path, 'x.json');
    await writeFile(file, JSON.stringify(config));
    let text = '';
    const write = (part: string) => (text += part);
    const code = await checkConfig(file, { out: { write }, err: { write } }, { connect: true });
    return { code, text };
  };
  const state = { json_state_file_path: join(folder.path, 'state') };
  const off = { enabled: false, senders: { bad: sender('no/other') } };

  const bad = await check({ ...state, readers: { sys: { senders }, off } });
  const good = await check({ ...state, readers: { sys: { senders: { good: senders.good } } } });
  const broken = await check({ readers: { sys: { senders: { x: {} } } } });

  assert.match(bad.text, /\nsys\.good: fine\nsys\.bad: cannot write to .*its directory does not exist.*\n$/);
  assert.deepEqual([bad.code, good.code, broken.code], [1, 0, 78]);
});
