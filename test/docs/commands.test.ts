import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lackOf } from '../support/requirements.ts';
import { need } from '../support/need.ts';
import { isOnPath } from '../support/on-path.ts';
import { Checkout } from './checkout.ts';
import { commandsOf, strangersOf } from './commands.ts';
import { readPages, ROOT } from './pages.ts';
import { Sandbox, type Outcome } from './sandbox.ts';
import { rowsWithout, stageOf, type Stage } from './stages.ts';

const pages = readPages();
const commands = [...new Map(pages.flatMap(commandsOf).map((command) => [command.text, command])).values()];

let sandbox: Sandbox | undefined;
let checkout: Checkout | undefined;

before(async () => {
  if (lackOf('private journald') === undefined) sandbox = await Sandbox.start();
  checkout = await Checkout.make();
});

after(async () => {
  await sandbox?.[Symbol.asyncDispose]();
  await checkout?.[Symbol.asyncDispose]();
});

test('every command of the documentation has a stage, and every stage a command', () => {
  const homeless = commands.filter((command) => stageOf(command) === undefined);

  assert.deepEqual(homeless, []);
  assert.deepEqual(rowsWithout(commands), []);
});

test('no command is overlooked for its program', () => {
  const strangers = pages.flatMap((page) => strangersOf(page, isOnPath).map((word) => `${page.path}: ${word}`));

  assert.deepEqual(strangers, []);
});

test('commands that other tests run are there', () => {
  for (const command of commands) {
    const stage = stageOf(command);
    if (stage?.stage !== 'elsewhere') continue;

    assert.ok(readFileSync(join(ROOT, stage.file), 'utf8').includes(stage.says), `${stage.file}: ${command.text}`);
  }
});

for (const command of commands) {
  const stage = stageOf(command);
  if (stage?.stage !== 'sandbox' && stage?.stage !== 'checkout') continue;
  test(`${command.page}: ${command.text}`, async (t) => {
    if (stage.stage === 'sandbox' && !need(t, 'private journald', 'jq')) return;

    for (const text of variantsOf(stage.as?.(command.text) ?? command.text)) {
      const { code, said } = await run(stage, text);

      assert.ok((stage.codes ?? [0]).includes(code ?? -1), `${text} ended with ${code ?? 'a signal'}:\n${said}`);
    }
  });
}

function run(stage: Stage, text: string): Promise<Outcome> {
  if (stage.stage === 'checkout') return checkout!.run(text);
  return 'lasts' in stage ? sandbox!.runUntilItSpeaks(text) : sandbox!.run(text);
}

/** With and without what stands in brackets. */
function variantsOf(text: string): string[] {
  const optional = / \[([^\]]+)\]/.exec(text);
  if (optional === null || text.includes("'")) return [text];
  return [text.replace(optional[0], ''), text.replace(optional[0], ` ${optional[1]!}`)];
}
