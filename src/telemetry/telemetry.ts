import { isDeepStrictEqual } from 'node:util';
import type { Log } from './log.ts';
import { createMetrics, type Metrics, type MetricsConfig } from './metrics.ts';
import { startReporter, type Reporter } from './metrics-reporter.ts';
import type { BridgeStats } from './metrics-stats.ts';

/** The metrics of the config at hand and the reports that go there. A reload may send both elsewhere. */
export class Telemetry {
  /** Where metrics go now. */
  metrics: Metrics;
  private config: MetricsConfig;
  private readonly log: Log;
  private readonly stats: () => BridgeStats;
  private reporter: Reporter | undefined;
  private closing: Promise<void> = Promise.resolve();

  constructor(config: MetricsConfig, log: Log, stats: () => BridgeStats) {
    this.config = whereTo(config);
    this.log = log;
    this.stats = stats;
    this.metrics = createMetrics(config, log);
  }

  start(): void {
    const { metrics, stats, log } = this;
    this.reporter = startReporter({ metrics, stats, log });
  }

  /** From now on metrics go where this config says: all until now have gone to the one before. */
  switchTo(config: MetricsConfig): void {
    const wanted = whereTo(config);
    if (isDeepStrictEqual(wanted, this.config)) return;
    this.config = wanted;
    this.reporter?.stop();
    this.closing = Promise.all([this.closing, this.metrics.close()]).then(() => undefined);
    this.metrics = createMetrics(config, this.log);
    const { metrics, stats, log } = this;
    this.reporter = startReporter({ metrics, stats, log, countFrom: stats() });
  }

  /** A reader has ended: what it has counted is reported, and the next one of its name begins at 0. */
  readerEnded(name: string): void {
    this.reporter?.readerEnded(name);
  }

  async close(): Promise<void> {
    this.reporter?.stop();
    await Promise.all([this.closing, this.metrics.close()]);
  }
}

function whereTo({ statsd, tags }: MetricsConfig): MetricsConfig {
  return { statsd, tags };
}
