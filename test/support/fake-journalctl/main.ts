import { appendFileSync, existsSync, readFileSync, statSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { systemCodeOf } from '../../../src/errors.ts';
import { parseRecords } from '../export-stream.ts';
import { parseCommandLine, Refusal } from './options.ts';
import type { CommandLine } from './options.ts';
import { files } from './scenario.ts';
import type { Run, Scenario } from './scenario.ts';
import { selectRecords } from './select.ts';

const folder = process.env['FAKE_JOURNALCTL'] ?? '.';
const argv = process.argv.slice(2);

try {
  appendFileSync(join(folder, files.calls), JSON.stringify({ argv, pid: process.pid }) + '\n');
  main(JSON.parse(readFileSync(join(folder, files.scenario), 'utf8')) as Scenario);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.code;
}

function main({ version = '252 (252.39-1~deb12u2)', refusesMergeWithFollow = false, runs = [] }: Scenario): void {
  const line = parseCommandLine(argv);
  const { options } = line;
  if (options.has('version')) {
    write(
      Buffer.from(
        `systemd ${version}\n+PAM +AUDIT +SELINUX +APPARMOR +LZ4 +XZ +ZLIB +ZSTD default-hierarchy=unified\n`,
      ),
    );
    return;
  }
  if (options.has('merge') && (options.has('boot') || (options.has('follow') && refusesMergeWithFollow))) {
    throw new Refusal('Using --boot or --list-boots with --merge is not supported.');
  }
  const directory = options.get('directory');
  if (directory !== undefined && !existsSync(directory)) {
    throw new Refusal(`Failed to open ${directory}: No such file or directory`);
  }
  const output = options.get('output') ?? 'short';
  if (output !== 'export') throw new Refusal(`the fake journalctl cannot do --output=${output}`, 99);
  const bytes = outputOf(line);
  play(runs[Math.min(takeRunNumber(), runs.length - 1)] ?? {}, bytes, options.has('follow'));
}

function outputOf(line: CommandLine): Buffer {
  const records = parseRecords(readFileSync(join(folder, files.entries)));
  return Buffer.concat(selectRecords(records, line).map(({ bytes }) => bytes));
}

/** How many runs there were before this one. */
function takeRunNumber(): number {
  const path = join(folder, files.runs);
  appendFileSync(path, '.');
  return statSync(path).size - 1;
}

function play(run: Run, output: Buffer, follows: boolean): void {
  const { stderr, garbage, cutAt, ending = 'normal', ignoresSigterm = false } = run;
  if (ignoresSigterm) process.on('SIGTERM', () => undefined);
  if (stderr !== undefined) process.stderr.write(stderr);
  const spoilt = garbage
    ? [output.subarray(0, garbage.at), Buffer.from(garbage.bytes, 'latin1'), output.subarray(garbage.at)]
    : [output];
  write(Buffer.concat(spoilt).subarray(0, cutAt));
  if (ending === 'hang') setInterval(() => undefined, 1 << 30);
  else if (ending === 'normal') process.exitCode = 0;
  else if ('code' in ending) process.exit(ending.code);
  else process.kill(process.pid, ending.signal);
  if (ending === 'normal' && follows) waitForReaderToGo();
}

/** As journalctl does: blocks while the reader does not read, and dies as of SIGPIPE when it has gone. */
function write(bytes: Buffer): void {
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
  } catch (error) {
    if (systemCodeOf(error) !== 'EPIPE') throw error;
    process.exit(141);
  }
}

/** Node's pipes to a child are socket pairs, whose end can be seen by reading. */
function waitForReaderToGo(): void {
  const stdout = new Socket({ fd: 1, readable: true, writable: false });
  stdout.on('close', () => process.exit(1));
  stdout.on('error', () => process.exit(1));
  stdout.resume();
}
