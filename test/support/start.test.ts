import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cp, mkdtempDisposable, readdir, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { samplePath, unpackSample } from '../../tools/sample-journal.ts';
import { exitOf, leashed } from './child.ts';
import { parseExport, valueOf } from './export-stream.ts';
import { Journald } from './journald.ts';
import { checkSequence, readJsonLines, sequenceOf } from './lines.ts';
import { MountNamespace } from './mount-namespace.ts';
import { need } from './need.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');
const noJournal = 'mount -t tmpfs none /run; mount -t tmpfs none /var/log';

/** A checkout of its own, as npm start writes into it. */
async function checkout() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'start-'));
  for (const name of ['src', 'tools', 'test/support', 'package.json', 'journalbridge.example.json']) {
    await cp(join(root, name), join(folder.path, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  return {
    program: [process.execPath, join(folder.path, 'tools/start.ts')] as const,
    output: join(folder.path, 'journalbridge-output.jsonl'),
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

async function endOf(child: ChildProcess) {
  const [exit, stdout, stderr] = await Promise.all([exitOf(child), text(child.stdout!), text(child.stderr!)]);
  return { ...exit, stdout, stderr };
}

const temporaryFolders = async () =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('journalbridge-start-'));

test('npm start ships the sample where there is no journal, and says so when it was shipped before', async (t) => {
  if (!need(t, 'mount namespaces', 'journalctl')) return;
  await using copy = await checkout();
  await using mounts = await MountNamespace.open(noJournal);
  const [program, ...args] = copy.program;

  const first = await endOf(mounts.spawn(program, args));
  const second = await endOf(mounts.spawn(program, args));

  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^There is no journal here .*\.\n/);
  assert.match(first.stdout, /2000 entries were delivered in \d+\.\d\d s \([\d,]+ a second/);
  assert.match(first.stdout, /tail -n 1 journalbridge-output\.jsonl/);
  const lines = await readJsonLines(copy.output);
  assert.deepEqual(checkSequence(sequenceOf(lines), 2000), { missing: [], duplicates: 0, seams: [], skips: [] });
  assert.equal(second.code, 0, second.stderr);
  assert.match(
    second.stdout,
    /Nothing new: .*\nTo start over: rm journalbridge-state\.json journalbridge-output\.jsonl/,
  );
  assert.deepEqual(await temporaryFolders(), []);
});

test('npm start ships the journal of the machine until it is told to end', async (t) => {
  if (!need(t, 'private journald')) return;
  await using copy = await checkout();
  await using journald = await Journald.start();
  await journald.write({ MESSAGE: 'm', SEQ: 0 });
  await journald.sync();
  const child = journald.spawnInside(...([copy.program[0], [copy.program[1]]] as const));
  const end = endOf(child);

  const numbers = async () => sequenceOf(await readJsonLines(copy.output)); // journald's own entries have none

  await until(async () => (await numbers()).includes(0), { what: 'the entry before the start' });
  await journald.write({ MESSAGE: 'm', SEQ: 1 });
  await until(async () => (await numbers()).includes(1), { what: 'the entry after the start' });
  child.kill('SIGTERM');

  const { code, stderr } = await end;
  assert.equal(code, 0, stderr);
  assert.deepEqual(await numbers(), [0, 1]);
});

test('npm start names the package when there is no journalctl', async () => {
  await using copy = await checkout();
  const [command, ...args] = leashed(...copy.program);
  const env = { ...process.env, PATH: '/nowhere' };

  const { code, stdout, stderr } = await endOf(
    spawn(command.startsWith('/') ? command : `/usr/bin/${command}`, args, { env }),
  );

  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.equal(stderr, 'There is no journalctl here, which reads the journal: apt-get install systemd\n');
});

test('the sample is small and readable by old and lean builds of journalctl', async (t) => {
  if (!need(t, 'journalctl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sample-'));
  const packed = await readFile(samplePath);
  const [compressed, compact] = [0b1011, 0b10000]; // XZ, LZ4 and ZSTD; since systemd 252

  await unpackSample(folder.path);
  const child = spawn('journalctl', ['--quiet', `--directory=${folder.path}`, '--output=export', '--all']);
  const chunks = await child.stdout.toArray();

  assert.ok(packed.length < 250_000, `${packed.length} bytes`);
  assert.equal(brotliDecompressSync(packed).readUInt32LE(12) & (compressed | compact), 0);
  const numbers = parseExport(Buffer.concat(chunks as Buffer[])).map((fields) => Number(valueOf(fields, 'SEQ')));
  assert.deepEqual(checkSequence(numbers, 2000), { missing: [], duplicates: 0, seams: [], skips: [] });
});
