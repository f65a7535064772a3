import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { didYouMean } from '../config/faults.ts';
import { messageOf } from '../errors.ts';
import { SERVICE_CONFIG } from './doctor/options.ts';
import { FLAGS } from './flags.ts';
import { UsageError } from './usage-error.ts';

export type Command = keyof typeof FLAGS;

/** The command that a command line begins with, if it does. */
export function commandIn([first]: readonly string[]): Command | undefined {
  return first !== undefined && Object.hasOwn(FLAGS, first) ? (first as Command) : undefined;
}

/** The command and the config of the words that are no flags; without a command it is `run`. Throws UsageError. */
export function commandOf(positionals: readonly string[]): { command: Command; configPath: string } {
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
export function refuseUnknownWord([first]: readonly string[], configPath: string): void {
  if (first === configPath && /^[\w-]+$/.test(first) && !existsSync(first)) {
    throw unknownCommand(first);
  }
}

function unknownCommand(word: string): UsageError {
  return new UsageError(`unknown sub-command "${word}"${didYouMean(word, Object.keys(FLAGS))}`);
}

/** A flag of another sub-command is a mistake, not something to be ignored. */
export function checkFlags(command: Command, given: readonly string[]): void {
  const stray = given.find((flag) => !Object.hasOwn(FLAGS[command], flag));
  if (stray === undefined) return;
  const owners = Object.entries(FLAGS).filter(([, flags]) => Object.hasOwn(flags, stray));
  throw new UsageError(`--${stray} goes with ${owners.map(([name]) => name).join(' and ')}`);
}

/** The flags and the other words of a command line. Throws UsageError. */
export function parse(args: readonly string[]) {
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
