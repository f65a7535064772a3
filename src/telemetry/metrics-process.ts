import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Reading } from './metrics-readings.ts';

/** Coarse, so that an idle daemon is woken no more than ten times a second; as long is not watched after each report. */
const RESOLUTION_MS = 100;

/** Measures the process itself: its memory, and how late its event loop is. */
export class ProcessGauge {
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.delay.enable();
  }

  /** The memory now, and the delays since the last call. */
  readings(): Reading[] {
    const { delay } = this;
    const delays = { p50: delay.percentile(50), p99: delay.percentile(99), max: delay.max };
    const isEmpty = delay.count === 0;
    delay.reset();
    return [
      { name: 'journalbridge.rss_bytes', value: process.memoryUsage.rss(), tags: {} },
      ...Object.entries(delays).map(([stat, ns]) => ({
        name: 'journalbridge.event_loop_delay_seconds' as const,
        value: isEmpty ? 0 : lateness(ns),
        tags: { stat },
      })),
    ];
  }

  end(): void {
    this.delay.disable();
  }
}

/** The histogram holds the time between two ticks of its timer, of which the timer's own interval is no delay. */
function lateness(ns: number): number {
  return Math.max(0, Math.round(ns / 1e6 - RESOLUTION_MS)) / 1000;
}
