import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { residentBytes } from '../integration/processes.ts';
import { Place } from '../integration/place.ts';
import { command } from '../support/command.ts';
import { Daemon } from '../support/daemon.ts';
import type { EntrySpec } from '../support/export-stream.ts';
import { HttpDestination, httpSenderEnv as env } from '../support/http-destination.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { need } from '../support/need.ts';

const STEERING = '\x1b[2J\x1b]0;owned\x07\u009b31m\u202eevil\u2066\r\0\x7f';
const UNSAFE = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const HUGE = 50 * 1024 * 1024;
/** Bytes; several readers of huge entries would have to share less. */
const MAX_RESIDENT = 250e6;

/** Names that somebody chooses who wants to get out, or to hit the file of another. */
const KEYS = [
  '../../etc/x',
  '/etc/passwd',
  '/',
  '.',
  '..',
  '',
  'a\0b',
  'x'.repeat(10_000),
  'link',
  'dangling',
  'Caf\u00e9',
  'Cafe\u0301',
  'CAF\u00c9',
  STEERING,
  Buffer.from('no UTF-8 \xff\xc3', 'latin1'),
];

function entryOf(n: number, fields: EntrySpec['fields']): EntrySpec {
  const base = { realtimeUs: 1_767_225_600_000_000 + n * 1000, monotonicUs: n * 1000, bootId: `${'0'.repeat(31)}1` };
  return { ...base, fields: [['SEQ', String(n)], ...fields] };
}

function* hostile(): Generator<EntrySpec> {
  let n = 0;
  for (const key of KEYS) {
    yield entryOf(n++, [
      ['KEY', key],
      ['MESSAGE', `${STEERING} from outside`],
      ['_SYSTEMD_UNIT', `${STEERING}.service`],
      ['SYSLOG_IDENTIFIER', STEERING],
    ]);
  }
  const many = Array.from({ length: 10_000 }, (_, f) => [`F${f}`, String(f)] as const);
  yield entryOf(n++, [['KEY', 'many'], ['MESSAGE', 'ten thousand fields'], ...many]);
  yield entryOf(n++, [
    ['KEY', 'huge'],
    ['MESSAGE', 'x'.repeat(HUGE)],
  ]);
  for (const key of ['plain', 'last']) {
    yield entryOf(n++, [
      ['KEY', key],
      ['MESSAGE', 'as usual'],
    ]);
  }
}

/** A folder to write to, with links in it that lead to another one. */
async function makeTraps(folder: string): Promise<{ inside: string; outside: string }> {
  const [inside, outside] = [join(folder, 'in'), join(folder, 'out')];
  await Promise.all([mkdir(inside), mkdir(outside)]);
  await writeFile(join(outside, 'theirs.jsonl'), 'theirs\n');
  await symlink(join(outside, 'theirs.jsonl'), join(inside, 'link.jsonl'));
  await symlink(join(outside, 'new.jsonl'), join(inside, 'dangling.jsonl'));
  return { inside, outside };
}

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1);
}

/** What the commands say that show something of entries. */
function tell(configPath: string) {
  const preview = ['--sender', 'refusing', '--dry-run', '--show-payloads'];
  return Promise.all([
    command(['status', configPath], env),
    command(['redrive', configPath, ...preview], env),
    command(['explain', configPath, '--lines', '3'], env),
  ]);
}

async function assertAllCame(path: string): Promise<void> {
  const sequence = (await linesOf(path)).map((line) => Number((JSON.parse(line) as { SEQ?: string }).SEQ));
  // The huge one is a stub without it.
  const expected = Array.from({ length: KEYS.length + 4 }, (_, n) => (n === KEYS.length + 1 ? NaN : n));
  assert.deepEqual(sequence, expected);
}

test('hostile entries get past nothing, and keep nothing from coming', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  using server = await HttpDestination.start();
  server.rules.isBad = (line) => line.includes('from outside');
  const journal_path = join(place.path, 'journal');
  await buildJournal(journal_path, hostile());
  const { inside, outside } = await makeTraps(place.path);
  const senders = {
    plain: { file_output: place.output('plain') },
    routed: { file_output: join(inside, '{KEY}.jsonl') },
    refusing: server.sender,
  };
  const config = place.config({
    reader: { journal_path, initial_position: 'head' },
    senders,
    top: { log_level: 'DEBUG' },
  });
  const configPath = join(place.path, 'config.json');
  await writeFile(configPath, JSON.stringify(config));
  let most = 0;

  await using daemon = await Daemon.start(config, { env });
  await daemon.waitFor(
    async () => {
      most = Math.max(most, await residentBytes(daemon.pid));
      const plain = await linesOf(place.output('plain'));
      return plain.length >= KEYS.length + 3 && server.taken.some((line) => line.includes('"last"'));
    },
    'the last entry',
    120_000,
  );
  const { stderr } = await daemon.stop();
  const told = await tell(configPath);

  await assertAllCame(place.output('plain'));
  assert.ok(most < MAX_RESIDENT, `${Math.round(most / 1e6)} MB resident`);
  assert.deepEqual(await readdir(outside), ['theirs.jsonl']);
  assert.equal(await readFile(join(outside, 'theirs.jsonl'), 'utf8'), 'theirs\n');
  assert.deepEqual(
    (await readdir(place.path)).filter((name) => ['etc', 'x', 'passwd'].includes(name)),
    [],
  );
  for (const name of await readdir(inside)) assert.doesNotMatch(name, UNSAFE);
  for (const said of [stderr, ...told.flatMap(({ stdout, stderr: more }) => [stdout, more])])
    assert.doesNotMatch(said, UNSAFE);
  assert.match(told[1].stdout, /dead letters would be sent/);
});
