import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { commandsOf, type Command } from '../docs/commands.ts';
import { blocksOf, readPages } from '../docs/pages.ts';
import { inOrder, stageOf } from '../docs/stages.ts';
import { lackOf } from '../support/requirements.ts';
import { Box, type Answer } from './box.ts';
import { buildPackage, otherPackage } from './packages.ts';

// What the pages tell an administrator to type, typed as root on a plain Debian, in the order of a package's life.

const CONFIG = '/etc/journalbridge/journalbridge.json';

const pages = readPages();
const commands = inOrder([
  ...new Map(pages.flatMap(commandsOf).map((command) => [command.text, command])).values(),
]).filter((command) => stageOf(command)?.stage === 'box');

let box: Box;

before(async () => {
  const lack = lackOf('booting machines');
  if (lack !== undefined) throw new Error(`not tested: ${lack}`);
  const [machine, { path, version }] = await Promise.all([Box.boot(), Promise.resolve().then(buildPackage)]);
  box = machine;
  copyFileSync(path, box.path(`root/journalbridge_${version}_amd64.deb`));
  copyFileSync(otherPackage(path, '99'), box.path('root/journalbridge_NEWER_amd64.deb'));
  copyFileSync(otherPackage(path), box.path('root/journalbridge_OLDER_amd64.deb'));
  box.write('/usr/local/bin/editor', '#!/bin/sh\ntest -w "$1"\n', 0o755);
});

after(async () => {
  await box[Symbol.asyncDispose]();
});

test('the first minute of the README does what it says', async () => {
  const readme = pages.find(({ path }) => path === 'README.md')!;
  const [start = assert.fail('no block')] = blocksOf(readme).filter(({ language }) => language === 'sh');

  for (const text of start.text.trim().split('\n')) await typePatiently(text);

  assert.match((await type('journalbridge status CONFIG')).stdout, /^✓ +system +file +FileSender +connected/m);
  assert.match((await type('tail -n 1 /var/log/journalbridge/journal.jsonl')).stdout, /^\{.*"MESSAGE": ?".*\}\n$/);
  await type('apt purge journalbridge');
});

for (const command of commands) {
  test(`${command.page}: ${command.text}`, async () => {
    await typePatiently(wordingOf(command));
  });
}

function wordingOf(command: Command): string {
  const stage = stageOf(command);
  return stage?.stage === 'box' && stage.as !== undefined ? stage.as(command.text) : command.text;
}

/** What looks at the first entries may have to be typed again: they take a moment to be there. */
async function typePatiently(text: string): Promise<void> {
  if (/^(tail|journalbridge status) /.test(text)) {
    await box.waitFor(text);
    return;
  }
  const { code, stdout, stderr } = await type(text);
  assert.equal(code, 0, `${text}: ${stdout}${stderr}`);
}

/** As somebody would at a terminal, who says yes to what apt asks. */
function type(text: string): Promise<Answer> {
  return box.feed('y\n'.repeat(3), 'sh', '-c', `cd /root && ${text.replace(/\bCONFIG\b/, CONFIG)}`);
}
