import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { didYouMean } from '../config/faults.ts';
import { messageOf, systemCodeOf } from '../errors.ts';
import { borrowCredentials } from './borrow-credentials.ts';
import type { RunEvents } from './run/run.ts';
import { statusOptions, type StatusOptions } from './status/options.ts';
import { explainOptions } from './explain/options.ts';
import { SERVICE_CONFIG, showHealth } from './doctor/options.ts';
import { redriveRequest } from './redrive/options.ts';
import { FLAGS } from './flags.ts';
import { USAGE, usageOf } from './usage.ts';
import { escapeUnsafe } from '../unsafe-text.ts';
import { ownVersion } from '../version.ts';
import { UsageError } from './usage-error.ts';

const EXIT_CRASH = 1;
const EXIT_USAGE = 2;

type Command = keyof typeof FLAGS;

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

function commandIn([first]: readonly string[]): Command | undefined {
  return first !== undefined && Object.hasOwn(FLAGS, first) ? (first as Command) : undefined;
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

function commandOf(positionals: readonly string[]): { command: Command; configPath: string } {
  const [first, ...rest] = positionals;
  if (first === undefined) throw new UsageError('a config file is needed');
  const isCommand = Object.hasOwn(FLAGS, first);
  if (!isCommand && rest.length > 0) throw unknownCommand(first);
  const configs = isCommand ? rest : [first];
  const [configPath] = configs;
  if (configPath === undefined || configs.length > 1)
    throw new UsageError(`exactly one config file is needed${hint(configs)}`);
  return { command: isCommand ? (first as Command) : 'run', configPath };
}

function hint(configs: readonly string[]): string {
  return configs.length === 0 && existsSync(SERVICE_CONFIG) ? `; that of the service is ${SERVICE_CONFIG}` : '';
}

/** A bare word that is no file is a sub-command that somebody thought there was. */
function refuseUnknownWord([first]: readonly string[], configPath: string): void {
  if (first === configPath && /^[\w-]+$/.test(first) && !existsSync(first)) {
    throw unknownCommand(first);
  }
}

function unknownCommand(word: string): UsageError {
  return new UsageError(`unknown sub-command "${word}"${didYouMean(word, Object.keys(FLAGS))}`);
}

/** A flag of another sub-command is a mistake, not something to be ignored. */
function checkFlags(command: Command, given: readonly string[]): void {
  const stray = given.find((flag) => !Object.hasOwn(FLAGS[command], flag));
  if (stray === undefined) return;
  const owners = Object.entries(FLAGS).filter(([, flags]) => Object.hasOwn(flags, stray));
  throw new UsageError(`--${stray} goes with ${owners.map(([name]) => name).join(' and ')}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
        ...FLAGS.run,
        ...FLAGS.check,
        ...FLAGS.status,
        ...FLAGS.explain,
        ...FLAGS.doctor,
        ...FLAGS.redrive,
        ...FLAGS.verify,
        ...FLAGS.decrypt,
      },
    });
  } catch (error) {
    throw new UsageError(withoutAdvice(messageOf(error)), { cause: error });
  }
}

/** Node explains how to pass a bare word that begins with a dash, which no sub-command takes. */
function withoutAdvice(message: string): string {
  const [, flag = ''] = /^Unknown option '(.*?)'\. /.exec(message) ?? [];
  if (flag === '') return message;
  const flags = ['help', 'version', ...Object.values(FLAGS).flatMap((own) => Object.keys(own))];
  const meant = flag.startsWith('--') ? didYouMean(flag.slice(2), [...new Set(flags)]) : '';
  return `Unknown option '${flag}'${meant.replace('"', '"--')}`;
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

function takeSignals(exit: (code: number) => never) {
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) exit(EXIT_CRASH);
    stopping.abort();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  let isEarly = false;
  let reload = (): void => {
    isEarly = true;
  };
  process.on('SIGHUP', () => {
    reload();
  });
  return {
    stop: stopping.signal,
    onReload: (action: () => void) => {
      reload = action;
      if (isEarly) action();
    },
  };
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

// Whoever read them has gone (journald was restarted, a pipe was closed): no reason to stop shipping.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
