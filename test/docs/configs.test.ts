import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { blocksOf, readPages, ROOT } from './pages.ts';

type Json = Readonly<Record<string, unknown>>;

/** Keys by which a block that is no config is known: what the program writes. */
const WRITTEN = ['timestamp', '__CURSOR', 'start_time', 'envelope'];

for (const page of readPages()) {
  for (const [index, { language, text }] of blocksOf(page).entries()) {
    if (language !== 'json') continue;
    test(`block ${index + 1} of ${page.path} is a config that passes, or a part of one`, async () => {
      const block = JSON.parse(text.startsWith('"') ? `{${text}}` : text) as Json | readonly Json[];
      if (WRITTEN.some((key) => key in [block].flat()[0]!)) return;
      await using folder = await mkdtempDisposable(join(tmpdir(), 'blocks-'));
      const config = join(folder.path, 'config.json');
      await writeFile(config, JSON.stringify(wholeOf(block)));
      for (const [, name] of text.matchAll(/"credential": "([^"]+)"/g))
        await writeFile(join(folder.path, name!), randomBytes(32).toString('base64'), { mode: 0o600 });

      const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'src/main.ts'), 'check', config], {
        env: { ...process.env, CREDENTIALS_DIRECTORY: folder.path },
        encoding: 'utf8',
      });

      assert.equal(status, 0, stderr);
      const elsewhere = /^warning: \S+: the file of "\w+", \S+, does not exist\n/gm;
      assert.equal(stderr.replace(elsewhere, ''), '');
    });
  }
}

/** A config around what may be the keys of a sender, of a reader or of the top level only. */
function wholeOf(block: Json | readonly Json[]): Json {
  const state = { json_state_file_path: '/nonexistent/state.json' };
  const file = { output_type: 'file', file_output: '/nonexistent/o' };
  if (isList(block)) return { ...wholeOf({ ...file, unit_log_level: 'l' }), unit_log_levels: { l: block } };
  if ('readers' in block) return block;
  if ('output_type' in block) return wholeOf({ senders: { s: block } });
  if ('file_output' in block) return wholeOf({ ...file, ...block });
  if ('senders' in block) return { ...state, readers: { r: block } };
  return { ...state, readers: { r: { senders: { s: file } } }, ...block };
}

function isList(block: Json | readonly Json[]): block is readonly Json[] {
  return Array.isArray(block);
}
