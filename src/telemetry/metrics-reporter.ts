import { inspect } from 'node:util';
import type { Log } from './log.ts';
import { metricsTable, type CounterName, type GaugeName, type MetricName } from './metrics-table.ts';
import type { Metrics } from './metrics.ts';
import { ProcessGauge } from './metrics-process.ts';
import { readingsOf, type Clock, type Reading } from './metrics-readings.ts';
import type { BridgeStats } from './metrics-stats.ts';

export interface ReporterOptions {
  readonly metrics: Metrics;
  /** The figures as they are now; asked at every report. */
  readonly stats: () => BridgeStats;
  readonly log: Log;
  readonly intervalMs?: number;
  /** What these figures say has been reported already; 0 of everything unless given. */
  readonly countFrom?: BridgeStats;
}

/** A reporting that goes on until it is stopped. */
export interface Reporter {
  /** Reports what this reader has counted; another one of its name counts from 0. */
  readerEnded(name: string): void;
  /** Reports for the last time; to be called when the senders have stopped, and before the metrics are closed. */
  stop(): void;
}

const INTERVAL_MS = 10_000;

/** Turns the daemon's figures into metrics, at once and then every 10 s. Does nothing when the metrics go nowhere. */
export function startReporter(options: ReporterOptions): Reporter {
  if (!options.metrics.isOn) return { stop: () => undefined, readerEnded: () => undefined };
  const reports = new Reports(options);
  reports.report();
  const timer = setInterval(() => {
    reports.report();
  }, options.intervalMs ?? INTERVAL_MS);
  timer.unref();
  return {
    readerEnded: (name) => {
      reports.report();
      reports.forget(name);
    },
    stop: () => {
      clearInterval(timer);
      reports.report();
      reports.end();
    },
  };
}

class Reports {
  private readonly options: ReporterOptions;
  private readonly startMs = performance.now();
  private readonly process = new ProcessGauge();
  /** What each series had at the last report. */
  private last = new Map<string, number>();

  constructor(options: ReporterOptions) {
    this.options = options;
    const { countFrom } = options;
    if (countFrom === undefined) return;
    for (const { name, value, tags } of readingsOf(countFrom, this.clock())) this.last.set(seriesOf(name, tags), value);
  }

  report(): void {
    try {
      this.send([...this.process.readings(), ...readingsOf(this.options.stats(), this.clock())]);
    } catch (error) {
      // A figure that cannot be had must not end the shipping.
      this.options.log.error(`metrics cannot be reported: ${inspect(error)}.`, 'report');
    }
  }

  forget(reader: string): void {
    for (const series of this.last.keys()) if (isOf(series, reader)) this.last.delete(series);
  }

  end(): void {
    this.process.end();
  }

  private clock(): Clock {
    return { nowMs: performance.now(), startMs: this.startMs };
  }

  private send(readings: readonly Reading[]): void {
    const { metrics } = this.options;
    const now = new Map<string, number>();
    for (const { name, value, tags } of readings) {
      const series = seriesOf(name, tags);
      const before = this.last.get(series) ?? 0;
      now.set(series, value);
      if (isGauge(name)) {
        if (value !== 0 || before !== 0 || name !== 'sender.failed_to_start') metrics.gauge(name, value, tags);
      } else {
        const times = value < before ? value : value - before;
        // journalpump sends no zeros; elsewhere they let a graph begin before the first event.
        if (times > 0 || name.startsWith('journalbridge.')) metrics.count(name, times, tags);
      }
    }
    this.last = now;
  }
}

function seriesOf(name: MetricName, tags: Reading['tags']): string {
  return `${name} ${JSON.stringify(tags)}`;
}

/** Quotes within a value are escaped, so this text stands for nothing else. */
function isOf(series: string, reader: string): boolean {
  return series.includes(`"reader":${JSON.stringify(reader)}`);
}

function isGauge(name: MetricName): name is GaugeName & Exclude<MetricName, CounterName> {
  return metricsTable[name].type === 'gauge';
}
