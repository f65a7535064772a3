import { ConfigError, messageOf, StateError } from '../../errors.ts';
import { EXIT_CONFIG, lineOf } from '../check/check.ts';
import { DeadLetterCensus } from './dead-letters.ts';
import { findDaemon, type DaemonStatus } from './daemon.ts';
import { Loose } from './loose.ts';
import type { StatusOptions } from './options.ts';
import { reportOf, type StatusReport } from './report.ts';
import { findStatusSource, readState, type StatusSource } from './source.ts';
import { textOf } from './text.ts';
import { watch, type Screen } from './watch.ts';
import { createPaint } from '../terminal-text.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';

/** Where `status` writes, and what it needs to know of it. */
export interface StatusOutput {
  readonly screen: Screen;
  readonly err: { write(text: string): unknown };
  readonly isColoured: boolean;
  /** Ends `--watch`. */
  readonly stop: AbortSignal;
}

/** Exit codes: 0 all is well, 1 something is wrong, 78 the config or the state file cannot be used. */
export async function status(options: StatusOptions, output: StatusOutput): Promise<number> {
  const tell = (text: string) => output.err.write(`${escapeUnsafe(text)}\n`);
  try {
    const source = await findStatusSource(options.path);
    const first = await look(source, options);
    if (!options.isWatch) {
      await output.screen.write(render(first, options, output));
      return codeOf(first);
    }
    return await showAgainAndAgain(first, source, { options, output });
  } catch (error) {
    if (error instanceof ConfigError) for (const fault of error.faults) tell(lineOf(fault));
    else if (error instanceof StateError) tell(messageOf(error));
    else throw error;
    return EXIT_CONFIG;
  }
}

async function showAgainAndAgain(
  first: StatusReport,
  source: StatusSource,
  { options, output }: { options: StatusOptions; output: StatusOutput },
): Promise<number> {
  let last = first;
  const census = new DeadLetterCensus();
  await watch(output.screen, output.stop, async () => {
    try {
      last = await look(source, options, census);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      return `${escapeUnsafe(options.isJson ? JSON.stringify({ ok: false, problems: [error.message] }) : error.message)}\n`;
    }
    return render(last, options, output);
  });
  return codeOf(last);
}

async function look(
  { statePath, config }: StatusSource,
  { maxLagSeconds }: StatusOptions,
  census = new DeadLetterCensus(),
): Promise<StatusReport> {
  const state = await readState(statePath);
  const lettersLeft = await census.take(statePath, new Loose(state));
  const daemon = state === undefined ? NOBODY : await findDaemon(new Loose(state), statePath);
  return reportOf({ statePath, state, config, daemon, lettersLeft, maxLagSeconds, nowMs: Date.now() });
}

const NOBODY: DaemonStatus = {
  state: 'absent',
  pid: null,
  version: null,
  start_time: null,
  updated_at: null,
  stopped_at: null,
};

function render(report: StatusReport, { isJson, isWatch }: StatusOptions, { isColoured }: StatusOutput): string {
  if (!isJson) return textOf(report, Date.now(), createPaint(isColoured));
  const lines = JSON.stringify(report, undefined, isWatch ? 0 : 2).split('\n');
  return `${lines.map(escapeUnsafe).join('\n')}\n`;
}

function codeOf({ ok }: StatusReport): number {
  return ok ? 0 : 1;
}
