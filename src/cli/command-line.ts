import { messageOf, systemCodeOf } from '../errors.ts';
import { borrowCredentials } from './borrow-credentials.ts';
import type { RunEvents } from './run/run.ts';
import { statusOptions, type StatusOptions } from './status/options.ts';
import { explainOptions } from './explain/options.ts';
import { showHealth } from './doctor/options.ts';
import { redriveRequest } from './redrive/options.ts';
import { checkFlags, commandIn, commandOf, parse, refuseUnknownWord } from './parse-line.ts';
import { takeSignals } from './signals.ts';
import { USAGE, usageOf } from './usage.ts';
import { escapeUnsafe } from '../unsafe-text.ts';
import { ownVersion } from '../version.ts';
import { UsageError } from './usage-error.ts';

const EXIT_CRASH = 1;
const EXIT_USAGE = 2;

/** Does what a command line asks for; returns the exit code. `exit` ends the process at once, for a second signal. */
export async function runCommandLine(args: readonly string[], exit: (code: number) => never): Promise<number> {
  try {
    return await dispatch(args, exit);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(
        `journalbridge: ${escapeUnsafe(error.message)}\n${error.wantsUsage ? usageOf(commandIn(args)) : ''}`,
      );
      return EXIT_USAGE;
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    process.stderr.write(`journalbridge: ${text.split('\n').map(escapeUnsafe).join('\n')}\n`);
    return EXIT_CRASH;
  }
}

async function dispatch(args: readonly string[], exit: (code: number) => never): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help === true) return say(commandIn(positionals) === undefined ? USAGE : usageOf(positionals[0]));
  if (values.version === true) return say(`journalbridge ${ownVersion()}\n`);
  if (positionals[0] === 'verify') {
    checkFlags('verify', Object.keys(values));
    const { verify } = await import('./verify/verify.ts');
    const { key: keys = [], state } = values;
    if (keys.length > 1) throw new UsageError('a chain has one key: give --key once');
    return verify({ paths: positionals.slice(1), key: keys[0], state }, { out: process.stdout, err: process.stderr });
  }
  if (positionals[0] === 'decrypt') {
    checkFlags('decrypt', Object.keys(values));
    const { decrypt } = await import('./decrypt/decrypt.ts');
    const { key: keys = [], 'keep-going': keepsGoing = false } = values;
    const { stdin, stderr: err } = process;
    return decrypt({ paths: positionals.slice(1), keys, keepsGoing }, { stdin, write, err });
  }
  if (positionals[0] === 'doctor') {
    checkFlags('doctor', Object.keys(values));
    return showHealth(positionals.slice(1), { isJson: values.json === true, write });
  }
  const { command, configPath } = commandOf(positionals);
  checkFlags(command, Object.keys(values));
  refuseUnknownWord(positionals, configPath);
  if (command !== 'run') await borrowCredentials(configPath);
  if (command === 'check') {
    const { checkConfig } = await import('./check/check.ts');
    return checkConfig(configPath, { out: process.stdout, err: process.stderr }, { connect: values.connect === true });
  }
  if (command === 'status') return showStatus(statusOptions(configPath, values), exit);
  if (command === 'explain') {
    const options = explainOptions(configPath, values);
    const [{ explain }, { wantsColour }] = await Promise.all([
      import('./explain/explain.ts'),
      import('./terminal-text.ts'),
    ]);
    const isColoured = wantsColour(process.stdout.isTTY, process.env);
    return explain(options, { stdin: process.stdin, write, err: process.stderr, isColoured });
  }
  if (command === 'redrive') {
    const request = redriveRequest(configPath, values);
    const { redriveCommand } = await import('./redrive/redrive.ts');
    return redriveCommand(request, { out: process.stdout, err: process.stderr }, takeSignals(exit).stop);
  }
  const [{ run }, supervision] = await Promise.all([import('./run/run.ts'), superviseIfAsked()]);
  return run({ configPath, once: values.once === true }, takeSignals(exit), supervision);
}

/** Loads what a service manager needs only if there is one: for `run` alone, and nothing for its children. */
async function superviseIfAsked(): Promise<RunEvents> {
  if (process.env['NOTIFY_SOCKET'] === undefined) return {};
  const { supervise } = await import('./run/supervise.ts');
  return supervise(process.env);
}

async function showStatus(options: StatusOptions, exit: (code: number) => never): Promise<number> {
  const [{ status }, { wantsColour }] = await Promise.all([import('./status/status.ts'), import('./terminal-text.ts')]);
  const { isTTY: isTerminal } = process.stdout;
  const screen = {
    isTerminal: isTerminal && process.env['TERM'] !== 'dumb',
    get rows() {
      // A terminal that does not know its size says 0.
      return process.stdout.rows > 0 ? process.stdout.rows : undefined;
    },
    write,
  };
  const isColoured = wantsColour(isTerminal, process.env);
  const { stop } = options.isWatch ? takeSignals(exit) : { stop: new AbortController().signal };
  return status(options, { screen, err: process.stderr, isColoured, stop });
}

/** Resolves once the text is written; false when nobody reads any more. */
function write(text: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error) resolve(true);
      else if (systemCodeOf(error) === 'EPIPE') resolve(false);
      else reject(error);
    });
  });
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

// Whoever read them has gone (journald was restarted, a pipe was closed): no reason to stop shipping.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
