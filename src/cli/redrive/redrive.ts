import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { ConfigError, messageOf, StateError, StateInUseError } from '../../errors.ts';
import { redrive, type Redriven } from '../../pipeline/redrive.ts';
import { senderOptions } from '../../pipeline/sender-options.ts';
import { DeadLetterFile } from '../../state/dead-letter-file.ts';
import { deadLetterPath } from '../../state/dead-letter-path.ts';
import { lockState } from '../../state/lock.ts';
import { createLog, type Log } from '../../telemetry/log.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';
import { EXIT_CONFIG, lineOf, type CheckOutput } from '../check/check.ts';
import { chooseTargets, type RedriveTarget } from './choose-targets.ts';
import type { RedriveRequest } from './options.ts';
import { lettersText, previewOf, reasonLines } from './preview.ts';

/** A destination that gets nowhere for so long is left alone: the dead letters stay. */
const PATIENCE_MS = 30_000;

/**
 * Sends dead letters again. Exit codes: 0 all were accepted (or it was a dry run), 1 some are left, 78 the config cannot
 * be used. Throws UsageError.
 */
export async function redriveCommand(
  request: RedriveRequest,
  { out, err }: CheckOutput,
  stop: AbortSignal,
): Promise<number> {
  try {
    const { config } = await loadConfig(request.configPath);
    const { json_state_file_path: statePath } = config;
    const targets = chooseTargets(config, request.sender, request.reader);
    if (statePath === undefined) {
      err.write('json_state_file_path: is missing: without a state file no dead letters are kept\n');
      return EXIT_CONFIG;
    }
    let isComplete = true;
    for (const target of targets) {
      const file = fileOf(target, config, statePath);
      if (request.isDryRun) out.write(await previewOf(nameOf(target), file, request.showsPayloads));
      else isComplete = (await redriveTarget({ target, file, config, stop }, { out, err })) && isComplete;
    }
    return isComplete ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const fault of error.faults) err.write(`${lineOf(fault)}\n`);
    return EXIT_CONFIG;
  }
}

interface Task {
  readonly target: RedriveTarget;
  readonly file: DeadLetterFile;
  readonly config: Config;
  readonly stop: AbortSignal;
}

/** True when none is left. */
async function redriveTarget(task: Task, { out, err }: CheckOutput): Promise<boolean> {
  const { target, file, config } = task;
  const name = nameOf(target);
  if ((await file.segments()).length === 0) {
    out.write(`${escapeUnsafe(name)}: no dead letters\n`);
    return true;
  }
  const log = createLog({ level: config.log_level });
  try {
    const lock = await lockState(file.path, log);
    try {
      const result = await send(task, log.scoped(name));
      out.write(reportOf(name, result, file.path));
      return isComplete(result);
    } finally {
      await lock.release();
    }
  } catch (error) {
    err.write(`${escapeUnsafe(`${name}: ${explained(error, file.path)}`)}\n`);
    return false;
  }
}

function send({ target, file, stop }: Task, log: Log): Promise<Redriven> {
  const { sender, reader } = target;
  const { create, limits } = senderOptions(nameOf(target), sender, reader);
  return redrive({
    file,
    head: sender.head,
    limits,
    log,
    stop,
    patienceMs: PATIENCE_MS,
    createSender: () => create(log, undefined),
  });
}

function reportOf(name: string, result: Redriven, path: string): string {
  const { accepted, unsent, refused, unreadable, trouble } = result;
  const refusals = [...refused.values()].reduce((sum, count) => sum + count, 0);
  const lines = [`${name}: ${lettersText(accepted)} accepted, ${refusals} refused again, ${unsent} not sent`];
  lines.push(...reasonLines(refused));
  if (unsent > 0 && trouble !== undefined) lines.push(`  not sent because: ${trouble.message}`);
  if (unreadable > 0) lines.push(`  ${unreadable} lines are no dead letters`);
  if (!isComplete(result)) lines.push(`  what is left is in ${path}`);
  return `${lines.map(escapeUnsafe).join('\n')}\n`;
}

function isComplete({ unsent, refused, unreadable }: Redriven): boolean {
  return unsent === 0 && refused.size === 0 && unreadable === 0;
}

function explained(error: unknown, path: string): string {
  if (error instanceof StateInUseError) return `another redrive is sending ${path}; wait until it is done`;
  if (error instanceof StateError) return messageOf(error);
  return `the dead letters of ${path} could not be sent: ${messageOf(error)}; none is lost`;
}

function fileOf({ readerName, senderName }: RedriveTarget, config: Config, statePath: string): DeadLetterFile {
  return new DeadLetterFile(deadLetterPath(statePath, readerName, senderName), config.dead_letter_max_bytes);
}

function nameOf({ readerName, senderName }: RedriveTarget): string {
  return `${readerName}.${senderName}`;
}
