import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { verify } from '../../src/cli/verify/verify.ts';
import { cpuSeconds, openFiles } from '../integration/processes.ts';
import { Place } from '../integration/place.ts';
import type { CommandLine } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { Journald } from '../support/journald.ts';
import { checkSequence, readJsonLines, sequenceOf } from '../support/lines.ts';
import { Load } from '../support/load.ts';
import { need } from '../support/need.ts';

const execute = promisify(execFile);
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };
const ROTATIONS = 4;

/** The real logrotate, made to rotate all outputs of a folder now. */
async function logrotate(folder: string, lines: readonly string[]): Promise<void> {
  const config = join(folder, 'logrotate.conf');
  await writeFile(config, `${folder}/*/*.jsonl {\n  rotate 100\n  ${lines.join('\n  ')}\n}\n`, { mode: 0o600 });
  await execute('/usr/sbin/logrotate', ['--force', '--state', join(folder, 'logrotate.state'), config]);
}

/** The lines of a config, in which `HUP` stands for a signal to the process. */
function linesFor(pid: number, lines: readonly string[]): string[] {
  const script = ['sharedscripts', 'postrotate', `  kill -HUP ${pid}`, 'endscript'];
  return lines.flatMap((line) => (line === 'HUP' ? script : [line]));
}

/** The numbers of a file and of those that were rotated from it, the oldest first. */
async function numbersIn(folder: string): Promise<number[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('o.jsonl'));
  const age = (name: string): number => Number(name.slice('o.jsonl.'.length));
  const texts = names.sort((a, b) => age(b) - age(a)).map((name) => readJsonLines(join(folder, name)));
  return sequenceOf((await Promise.all(texts)).flat());
}

for (const { title, lines, isCopied } of [
  { title: 'renames and makes a new file', lines: ['create 0640'], isCopied: false },
  { title: 'renames, makes none and sends SIGHUP', lines: ['nocreate', 'HUP'], isCopied: false },
  { title: 'copies and truncates', lines: ['copytruncate'], isCopied: true },
]) {
  test(`logrotate ${title}: nothing is lost or twice, with a chain as well`, { timeout: 240_000 }, async (t) => {
    if (!need(t, 'private journald', 'logrotate')) return;
    await using place = await Place.make();
    await using journald = await Journald.start();
    const folders = ['plain', 'chained'].map((name) => join(place.path, name));
    for (const folder of folders) await mkdir(folder);
    const senders = {
      plain: { file_output: join(folders[0]!, 'o.jsonl') },
      chained: { file_output: join(folders[1]!, 'o.jsonl'), hash_chain: true },
    };
    const config = place.config({ senders });
    const inside = (...line: CommandLine) => journald.commandLine(...line);
    await using daemon = await Daemon.start(config, { inside });
    const load = new Load(journald, { perSecond: 400 });
    const isThere = async (count: number) => {
      const lasts = (await Promise.all(folders.map(numbersIn))).map((numbers) => numbers.at(-1) ?? -1);
      return lasts.every((last) => last >= count - 1);
    };
    const rotate = (pid: number) => logrotate(place.path, linesFor(pid, lines));

    for (let n = 1; n <= ROTATIONS; n++) {
      const goal = load.count + 200;
      await daemon.waitFor(() => isThere(goal), 'some more lines');
      // Between its two steps copytruncate loses what comes, whoever writes it: nothing may come then.
      if (!isCopied) await rotate(daemon.pid);
      else
        await load.hold(async () => {
          await daemon.waitFor(() => isThere(load.count), 'all lines');
          await rotate(daemon.pid);
        });
    }
    const files = await openFiles(daemon.pid);
    const { stderr } = await daemon.kill9();
    await using second = await Daemon.start(config, { inside });
    const count = await load.stop();
    await second.waitFor(() => isThere(count), 'all lines');
    const cpuBefore = await cpuSeconds(second.pid);
    const beganMs = performance.now();
    await second.waitFor(() => performance.now() - beganMs > 1500, 'a while without work');

    const cpu = (await cpuSeconds(second.pid)) - cpuBefore;
    assert.ok(cpu < 0.5, `${cpu} s of CPU time with nothing to do`);
    assert.ok(files < 60, `${files} files are open`);
    assert.doesNotMatch(stderr, / ERROR /);
    for (const folder of folders) {
      const report = checkSequence(await numbersIn(folder), count);
      if (!isCopied) assert.deepEqual(report, complete, folder);
      assert.deepEqual([report.missing, report.skips], [[], []], folder);
      const outputs = (await readdir(folder)).filter((name) => name.startsWith('o.jsonl'));
      assert.equal(outputs.length, ROTATIONS + 1, outputs.join());
    }
    await checkChains(folders[1]!);
  });
}

/** Each file has a chain of its own: what others rotate, the sender does not look into. */
async function checkChains(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((each) => each.startsWith('o.'))) {
    let said = '';
    const stream = { write: (text: string) => (said += text) };
    const run = { paths: [join(folder, name)], key: undefined, state: undefined };
    assert.equal(await verify(run, { out: stream, err: stream }), 0, said);
  }
}
