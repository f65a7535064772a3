import type { BridgeStats } from '../../telemetry/metrics-stats.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Notify, NotifyMessage, NotifyRequest } from '../../telemetry/notify.ts';
import { CLOSING_MS } from './last-resort.ts';
import { statusLine } from './status-line.ts';

/** What is supervised: a Bridge. */
export interface Supervised {
  stats(): Pick<BridgeStats, 'readers'>;
  /** What has got stuck in a way that only a new process can end; undefined: nothing. */
  wedge(): string | undefined;
  readonly shutdownTimeoutMs: number;
}

export interface SupervisionOptions {
  readonly notify: Pick<Notify, 'tell' | 'mention'>;
  readonly watchdogMs: NotifyRequest['watchdogMs'];
  readonly log: Log;
}

/** STATUS changes at most so often. */
const STATUS_MS = 5000;
/** Soon after the start, when the senders had time to connect. */
const FIRST_STATUS_MS = 1000;

/**
 * Tells a service manager how the daemon stands: its changes of state as they come, a line for people every few seconds
 * if it has changed, and a sign of life for the watchdog only while reading and sending get on.
 */
export class Supervision {
  private readonly options: SupervisionOptions;
  private bridge: Supervised | undefined;
  private timers: NodeJS.Timeout[] = [];
  private told = '';
  private isStopping = false;

  constructor(options: SupervisionOptions) {
    this.options = options;
  }

  /** It has started, or a reload is over. */
  ready(bridge: Supervised): void {
    this.bridge = bridge;
    this.told = ''; // the manager shows what a reload said of itself
    this.options.notify.tell({ READY: 1, ...this.status(), ...this.signOfLife() });
    if (this.timers.length === 0) this.begin();
  }

  reloading(): void {
    const MONOTONIC_USEC = process.hrtime.bigint() / 1000n;
    this.options.notify.tell({ RELOADING: 1, MONOTONIC_USEC, STATUS: 'Reading the config again' });
  }

  stopping(): void {
    this.isStopping = true;
    const ms = (this.bridge?.shutdownTimeoutMs ?? 0) + CLOSING_MS;
    this.options.notify.tell({
      STOPPING: 1,
      STATUS: 'Stopping: sending what was read',
      EXTEND_TIMEOUT_USEC: Math.ceil(ms * 1000),
    });
  }

  /** Tells nothing more. */
  end(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private begin(): void {
    const { watchdogMs } = this.options;
    const status = (): void => {
      if (!this.isStopping) this.mention(this.status());
    };
    this.timers.push(setTimeout(status, FIRST_STATUS_MS).unref(), setInterval(status, STATUS_MS).unref());
    if (watchdogMs === undefined) return;
    const live = (): void => {
      this.mention(this.signOfLife());
    };
    this.timers.push(setInterval(live, watchdogMs / 2).unref());
  }

  private mention(message: NotifyMessage): void {
    if (Object.keys(message).length > 0) this.options.notify.mention(message);
  }

  private status(): NotifyMessage {
    const line = this.bridge === undefined ? '' : statusLine(this.bridge.stats());
    if (line === this.told) return {};
    this.told = line;
    return { STATUS: line };
  }

  private signOfLife(): NotifyMessage {
    if (this.options.watchdogMs === undefined) return {};
    const wedge = this.isStopping ? undefined : this.bridge?.wedge();
    if (wedge === undefined) return { WATCHDOG: 1 };
    this.options.log.error(`${wedge}; the watchdog of the service manager is left to restart this process.`, 'wedge');
    return {};
  }
}
