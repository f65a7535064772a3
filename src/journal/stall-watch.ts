import { messageOf } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import { pause } from '../backoff.ts';
import { journalctlArguments, type Start } from './arguments.ts';
import type { JournalSelection } from './selection.ts';
import { Decoder } from './decode.ts';
import { askJournalctl } from './journalctl.ts';
import type { Capabilities } from './probe.ts';

export interface StallWatchOptions {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  /** A journalctl that has given nothing for so long is looked into. */
  readonly intervalMs: number;
  /** How long the question may take. */
  readonly probeTimeoutMs?: number;
  readonly log: Log;
  /** Where reading stands. */
  resumeFrom(): Start;
  /** There are entries, but journalctl does not give them. */
  stalled(idleMs: number): void;
}

const PROBE_TIMEOUT_MS = 10_000;
/** journald holds back its notice of new entries for 250 ms: one that is this young may be on its way. */
const GRACE_MS = 2000;
/** If starting again does not help, it is tried at intervals of up to 2 ** 6 times as long. */
const MAX_DOUBLINGS = 6;

/**
 * Notices that a running journalctl has died inwardly: it gives nothing, though another one, asked for a moment, finds
 * entries behind the place where reading stands. A journal in which nothing is logged is no stall.
 */
export class StallWatch {
  private readonly options: StallWatchOptions;
  private heardMs = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Ends with the watch over the present run. */
  private watching = new AbortController();
  /** Times in a row that starting journalctl again has brought nothing. */
  vainRestarts = 0;
  /** When it looked last, in ms of `performance.now()`. */
  lookedMs = 0;

  constructor(options: StallWatchOptions) {
    this.options = options;
  }

  /** How long it may take from one look to the next. */
  get patienceMs(): number {
    const { probeTimeoutMs = PROBE_TIMEOUT_MS } = this.options;
    return this.intervalMs * 2 + probeTimeoutMs + GRACE_MS;
  }

  /** Watches the run that begins now, or goes on now. */
  watch(): void {
    this.stop();
    this.watching = new AbortController();
    this.heardMs = performance.now();
    this.lookLater(this.intervalMs);
  }

  /** Bytes have come. */
  heard(): void {
    this.heardMs = performance.now();
    this.vainRestarts = 0;
  }

  /** The run has ended, or has to wait. */
  stop(): void {
    clearTimeout(this.timer);
    this.watching.abort();
  }

  private get intervalMs(): number {
    return this.options.intervalMs * 2 ** Math.min(this.vainRestarts, MAX_DOUBLINGS);
  }

  private lookLater(ms: number): void {
    this.timer = setTimeout(() => {
      void this.look(this.watching.signal);
    }, ms);
  }

  private async look(signal: AbortSignal): Promise<void> {
    this.lookedMs = performance.now();
    const heardMs = this.heardMs;
    const idleMs = performance.now() - heardMs;
    if (idleMs < this.intervalMs) {
      this.lookLater(this.intervalMs - idleMs);
      return;
    }
    const isBehind = await this.hasNewer(signal);
    if (isBehind) await pause(GRACE_MS, signal);
    if (signal.aborted) return;
    if (isBehind && this.heardMs === heardMs) {
      this.vainRestarts++;
      this.options.stalled(performance.now() - heardMs);
      return;
    }
    if (this.heardMs === heardMs) this.heardMs = performance.now();
    this.lookLater(this.intervalMs);
  }

  /** Whether another journalctl finds an entry that is not the one where reading stands. */
  private async hasNewer(signal: AbortSignal): Promise<boolean> {
    const { selection, capabilities, log, probeTimeoutMs: timeoutMs = PROBE_TIMEOUT_MS } = this.options;
    const start = this.options.resumeFrom();
    const { path, machineId } = capabilities;
    try {
      const args = await journalctlArguments(selection, { start, follow: false, merge: false, machineId });
      const { stdout } = await askJournalctl(path, [...args, '--lines=2'], { timeoutMs, signal });
      const decoder = new Decoder();
      decoder.push(stdout);
      const block = decoder.decode(2);
      const known = start.kind === 'cursor' ? start.cursor : undefined;
      return Array.from({ length: block.count }, (_, i) => block.cursor(i)).some((cursor) => cursor !== known);
    } catch (error) {
      if (!signal.aborted) {
        log.warn(
          `journalctl has given nothing for a while, and whether there are entries could not be found out: ${messageOf(error)}; it is asked again.`,
          'stall-probe',
        );
      }
      return false;
    }
  }
}
