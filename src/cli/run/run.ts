import { aborted } from '../../backoff.ts';
import { Bridge } from '../../bridge.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { ConfigError, JournalError, messageOf, StateError, StateInUseError, systemCodeOf } from '../../errors.ts';
import { probeJournalctl } from '../../journal/probe.ts';
import { senderDefinition } from '../../senders/registry.ts';
import { createLog, type Log } from '../../telemetry/log.ts';
import { leaveAtOnce } from '../../leave.ts';
import { CLOSING_MS, endInTime } from './last-resort.ts';
import { placed } from '../placed.ts';
import { Reloads } from './reloads.ts';
import { showProgress, summarize } from './progress.ts';

export interface RunOptions {
  readonly configPath: string;
  /** Read to the journal's end as it is now, deliver, save the state. */
  readonly once: boolean;
}

/** What `run` needs of its process: where signals come from. */
export interface RunSignals {
  /** SIGTERM or SIGINT. */
  readonly stop: AbortSignal;
  /** What SIGHUP does from now on; at once if one has come before. */
  onReload(action: () => void): void;
}

/** Who is told how the daemon stands: a service manager. */
export interface RunEvents {
  /** It has started, or a reload is over, taken over or refused. */
  ready?(bridge: Bridge): void;
  reloading?(): void;
  stopping?(): void;
}

interface Surroundings {
  readonly signals: RunSignals;
  readonly events: RunEvents;
  readonly log: Log;
  /** From now on a stop may take as long as this bridge allows. */
  readonly began: (bridge: Bridge) => void;
}

const DEFAULT_JOURNALCTL = 'journalctl';
/** With these a later start may succeed; 78 would tell systemd not to try (`RestartPreventExitStatus=78`). */
const MAY_PASS = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE']);

/** Exit codes: 0 done, 1 it could not do its work, 78 the config or the state file cannot be used (EX_CONFIG, sysexits.h). */
export async function run(options: RunOptions, signals: RunSignals, events: RunEvents = {}): Promise<number> {
  const log = createLog();
  // Something must hold Node: without a reader, or while one is parked, nothing else is under way.
  const alive = setInterval(() => undefined, 2 ** 30);
  let running: Bridge | undefined;
  const began = (bridge: Bridge): void => {
    running = bridge;
  };
  void endInTime(signals.stop, () => (running?.shutdownTimeoutMs ?? 0) + CLOSING_MS, log);
  try {
    const code = await runConfig(options, { signals, events, log, began });
    if (running?.hasHanging === true) leaveAtOnce(code);
    return code;
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const fault of error.faults) {
        const { path, message } = placed(fault, options.configPath);
        log.error(path === '' ? message : `${path}: ${message}`);
      }
      return 78;
    }
    if (error instanceof StateError) {
      log.error(`${messageOf(error)}.`);
      return mayPass(error) ? 1 : 78;
    }
    if (error instanceof JournalError) {
      log.error(`${messageOf(error)}.`);
      return 1;
    }
    throw error;
  } finally {
    clearInterval(alive);
  }
}

function mayPass(error: StateError): boolean {
  return error instanceof StateInUseError || MAY_PASS.has(systemCodeOf(error.cause) ?? '');
}

async function runConfig(options: RunOptions, surroundings: Surroundings): Promise<number> {
  const { log } = surroundings;
  const startMs = performance.now();
  // Nearly every config leaves journalctl where it is: asking it meanwhile hides the wait for its answers.
  const early = probeJournalctl(DEFAULT_JOURNALCTL);
  early.catch(() => undefined);
  const { config, warnings } = await loadConfig(options.configPath);
  log.setLevel(config.log_level);
  for (const { path, message } of warnings) log.warn(path === '' ? message : `${path}: ${message}`);
  const { journalctl_path: command } = config;
  const probing = command === DEFAULT_JOURNALCTL ? early : probeJournalctl(command);
  const bridge = await Bridge.start({ config, follow: !options.once, log, probing });
  surroundings.began(bridge);
  return options.once
    ? runOnce(bridge, { startMs, out: summaryOutput(config), ...surroundings })
    : runForever(bridge, options.configPath, surroundings);
}

async function runForever(bridge: Bridge, configPath: string, { signals, events, log }: Surroundings): Promise<number> {
  const senders = bridge.readers.flatMap(({ stations }) => stations).length;
  log.info(`started: ${counted(bridge.readers.length, 'reader')}, ${counted(senders, 'sender')}.`);
  const ready = (): void => events.ready?.(bridge);
  ready();
  const reloads = new Reloads({ bridge, configPath, log, events: { reloading: () => events.reloading?.(), ready } });
  signals.onReload(() => {
    bridge.reopen();
    reloads.request();
  });
  await aborted(signals.stop);
  events.stopping?.();
  log.info('stopping: sending what was read.');
  reloads.stop();
  const isSaved = await stop(bridge, log);
  log.info('stopped.');
  return isSaved ? 0 : 1;
}

/** Where entries go to the standard output a summary would be one more. */
function summaryOutput({ readers }: Config): NodeJS.WritableStream {
  const isTaken = Object.values(readers).some(({ senders }) =>
    Object.values(senders).some(({ output_type }) => senderDefinition(output_type)?.takesStandardOutput),
  );
  return isTaken ? process.stderr : process.stdout;
}

interface OnceSurroundings extends Surroundings {
  readonly startMs: number;
  /** For the summary. */
  readonly out: NodeJS.WritableStream;
}

async function runOnce(bridge: Bridge, { startMs, out, signals, log }: OnceSurroundings): Promise<number> {
  signals.onReload(() => {
    bridge.reopen();
  });
  const hideProgress = showProgress(bridge, startMs);
  const isComplete = await bridge.finished(signals.stop);
  const isSaved = await stop(bridge, log);
  hideProgress();
  out.write(summarize(bridge, startMs));
  const hasFailed = bridge.readers.some(({ error }) => error !== undefined);
  return hasFailed || !isSaved || !isComplete ? 1 : 0;
}

/** False when the state could not be saved: no fault of the config any more, but what was sent will be sent again. */
async function stop(bridge: Bridge, log: Log): Promise<boolean> {
  try {
    await bridge.stop();
    return true;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    log.error(`${messageOf(error)}; the next run begins at the last state saved.`);
    return false;
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
