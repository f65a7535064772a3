import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import * as errors from '../../src/errors.ts';

const root = join(import.meta.dirname, '../..');
const guide = await readFile(join(root, 'docs/adding-a-sender.md'), 'utf8');

/** Names at the beginning of the lines of an interface's body, methods and fields alike. */
function membersOf(source: string, name: string): string[] {
  const body = new RegExp(`interface ${name}\\b[^{]*\\{\n([\\s\\S]*?)\n\\}`).exec(source)![1]!;
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map(([, member]) => member!);
}

test('the guide shows the contract of a sender as it is', async () => {
  const contract = await readFile(join(root, 'src/senders/sender.ts'), 'utf8');

  assert.deepEqual(membersOf(guide, 'Sender').sort(), membersOf(contract, 'Sender').sort());
});

test('the guide tells what a definition may say besides', async () => {
  const source = await readFile(join(root, 'src/senders/sender-definition.ts'), 'utf8');

  const untold = membersOf(source, 'SenderDefinition').filter((member) => !new RegExp(`\\b${member}\\b`).test(guide));

  assert.deepEqual(untold, []);
});

test('the guide names each error that a sender may throw', () => {
  const named = [...guide.matchAll(/`(\w+Error)`/g)].map(([, name]) => name!);

  assert.deepEqual(
    named.filter((name) => !(name in errors)),
    [],
  );
  for (const name of ['RetryableError', 'NotConnectedError', 'AuthenticationError', 'RejectedError'])
    assert.ok(named.includes(name), name);
});

test('the stdout sender has the files that the guide names, its line, and nothing elsewhere', async () => {
  const steps = [...guide.matchAll(/^## .*`src\/senders\/<type>\/([^`]+)`/gm)].map(([, file]) => file!);
  const files = steps.map((step) => step.replaceAll('<type>', 'stdout'));
  const there = await readdir(join(root, 'src/senders/stdout'));
  const elsewhere = globSync('src/**/*.ts', { cwd: root, exclude: ['src/**/*.test.ts', 'src/senders/stdout/**'] });
  const sources = await Promise.all(
    elsewhere.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
  );

  const naming = sources.filter(({ text }) => /stdoutSender|senders\/stdout|output_type.*'stdout'/.test(text));

  assert.equal(files.length, 3);
  for (const file of files) assert.ok(there.includes(file), file);
  assert.deepEqual(
    naming.map(({ path }) => path),
    ['src/senders/registry.ts'],
  );
});
