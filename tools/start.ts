import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { systemCodeOf } from '../src/errors.ts';
import { LineCounter } from '../test/support/lines.ts';
import { unpackSample } from './sample-journal.ts';

// `npm start`: the main job on any machine, with its own journal or else with the sample.

const root = join(import.meta.dirname, '..');
const example = join(root, 'journalbridge.example.json');

/** As much of a config as has to be known here. */
interface Config {
  readonly json_state_file_path: string;
  readonly readers: Readonly<
    Record<string, { readonly senders: Readonly<Record<string, { readonly file_output: string }>> }>
  >;
}

process.chdir(root); // the example's paths are relative
process.exitCode = await start();

async function start(): Promise<number> {
  const options = { maxBuffer: Infinity };
  const { error, stdout } = spawnSync('journalctl', ['--quiet', '--lines=1', '--output=export'], options);
  if (systemCodeOf(error) === 'ENOENT') {
    console.error('There is no journalctl here, which reads the journal: apt-get install systemd');
    return 1;
  }
  return stdout.length > 0 ? run(example) : shipSample();
}

/** Runs the daemon as if it were this process. */
async function run(...args: string[]): Promise<number> {
  const daemon = spawn(process.execPath, [join(root, 'src/main.ts'), 'run', ...args], { stdio: 'inherit' });
  process.on('SIGTERM', () => daemon.kill('SIGTERM'));
  process.on('SIGHUP', () => daemon.kill('SIGTERM')); // the terminal has gone
  // a terminal sends it to the daemon too, and npm once more to this process; twice would mean: at once
  process.on('SIGINT', () => process.stdin.isTTY || daemon.kill('SIGINT'));
  const [code, signal] = (await once(daemon, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + constants.signals[signal!];
}

async function shipSample(): Promise<number> {
  console.log(
    'There is no journal here that you may read, so this ships a small real one that comes with the sources.\n',
  );
  await using folder = await mkdtempDisposable(join(tmpdir(), 'journalbridge-start-'));
  await unpackSample(folder.path);
  const config = JSON.parse(await readFile(example, 'utf8')) as Config;
  const path = join(folder.path, 'config.json');
  await writeFile(path, JSON.stringify(readingFrom(folder.path, config), null, 2));
  const output = Object.values(config.readers).flatMap(({ senders }) => Object.values(senders))[0]!.file_output;
  const counter = new LineCounter(output);
  const before = await counter.count();
  const began = performance.now();
  const code = await run('--once', path);
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) return code;
  const entries = (await counter.count()) - before;
  console.log(entries > 0 ? `\n${report(entries, seconds, output)}` : `\n${nothingNew(config, output)}`);
  return 0;
}

function readingFrom(folder: string, config: Config): Config {
  const readers = Object.entries(config.readers).map(([name, reader]) => [name, { journal_path: folder, ...reader }]);
  return { ...config, readers: Object.fromEntries(readers) as Config['readers'] };
}

function report(entries: number, seconds: number, output: string): string {
  const rate = Math.round(entries / seconds).toLocaleString('en');
  return [
    `${entries} entries were delivered in ${seconds.toFixed(2)} s (${rate} a second, the start included).`,
    `They are in ${relative('.', output)}, one JSON object a line. To see the last of them:`,
    '',
    `  tail -n 1 ${relative('.', output)}`,
    '',
    `Where there is a journal, the same config (${relative('.', example)}) ships that one, and goes on.`,
  ].join('\n');
}

function nothingNew(config: Config, output: string): string {
  const [state, file] = [relative('.', config.json_state_file_path), relative('.', output)];
  return [
    `Nothing new: all entries of the sample have been delivered to ${file} before, as ${state} remembers.`,
    `To start over: rm ${state} ${file}`,
  ].join('\n');
}
