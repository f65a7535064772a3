import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';

const USAGE = `Usage:
  journalbridge run CONFIG          ship the journal as CONFIG says, in the foreground (also: journalbridge CONFIG)
  journalbridge run --once CONFIG   read to the journal's end as it is now, deliver, save the state, exit
  journalbridge check CONFIG        check CONFIG and tell every fault; exit code 78 when there is one
  journalbridge --help | --version
`;

const EXIT_CRASH = 1;
const EXIT_USAGE = 2;

/** The words of a command line that is not understood. */
class UsageError extends Error {}

/** Does what a command line asks for; returns the exit code. `exit` ends the process at once, for a second signal. */
export async function runCommandLine(args: readonly string[], exit: (code: number) => never): Promise<number> {
  try {
    return await dispatch(args, exit);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const text = isUsage
      ? `${error.message}\n${USAGE}`
      : `${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`;
    process.stderr.write(`journalbridge: ${text}`);
    return isUsage ? EXIT_USAGE : EXIT_CRASH;
  }
}

async function dispatch(args: readonly string[], exit: (code: number) => never): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) return say(USAGE);
  if (values.version) return say(`journalbridge ${ownVersion()}\n`);
  const [first, ...rest] = positionals;
  if (first === undefined) throw new UsageError('a config file is needed');
  const isCommand = first === 'run' || first === 'check';
  if (!isCommand && rest.length > 0) throw new UsageError(`unknown sub-command "${first}"`);
  const configs = isCommand ? rest : [first];
  const [configPath] = configs;
  if (configPath === undefined || configs.length > 1) throw new UsageError('exactly one config file is needed');
  if (first === 'check') {
    if (values.once) throw new UsageError('--once goes with run');
    const { checkConfig } = await import('./check.ts');
    return checkConfig(configPath, { out: process.stdout, err: process.stderr });
  }
  const { run } = await import('./run.ts');
  return run({ configPath, once: values.once }, takeSignals(exit));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', short: 'V', default: false },
        once: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function takeSignals(exit: (code: number) => never) {
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) exit(EXIT_CRASH);
    stopping.abort();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  let reload = (): void => undefined;
  process.on('SIGHUP', () => {
    reload();
  });
  return {
    stop: stopping.signal,
    onReload: (action: () => void) => {
      reload = action;
    },
  };
}

function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

// Whoever read them has gone (journald was restarted, a pipe was closed): no reason to stop shipping.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
