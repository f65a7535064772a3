import type { Log } from './log.ts';
import type { CounterName, GaugeName } from './metrics-table.ts';
import { statsdAddress, type StatsdConfig } from './statsd-address.ts';
import { Statsd } from './statsd.ts';
import { taggedName, type Tags } from './statsd-name.ts';

/** What of a config the metrics need: `statsd`, and the top level's `tags`. */
export interface MetricsConfig {
  readonly statsd?: StatsdConfig | undefined;
  readonly tags?: Tags | undefined;
}

/** Where figures for monitoring go. Nothing here throws, waits or grows, whatever is at the other end. */
export interface Metrics {
  /** False when no statsd is configured: then nothing needs to be measured. */
  readonly isOn: boolean;
  /** How something is now. A negative value goes out as 0: statsd takes a sign for a change. */
  gauge(name: GaugeName, value: number, tags?: Tags): void;
  /** That something happened so many times more. */
  count(name: CounterName, times: number, tags?: Tags): void;
  /** That a search of this name has hit: a counter that the user has named and tagged. */
  hit(search: string, tags?: Tags): void;
  /** Sends what is still here; resolves also when nobody listens. */
  close(): Promise<void>;
}

/** Metrics to the statsd of the config, or to nowhere when there is none. */
export function createMetrics(config: MetricsConfig, log: Log): Metrics {
  const address = statsdAddress(config.statsd);
  if (address === undefined) return noMetrics;
  const { prefix = '', tags } = config.statsd!;
  const statsd = new Statsd(address, log.scoped('statsd'));
  const globalTags = { ...tags, ...config.tags };
  const named = (name: string, own?: Tags): string => taggedName(`${prefix}${name}`, { ...globalTags, ...own });
  return {
    isOn: true,
    gauge: (name, value, own) => {
      statsd.gauge(named(name, own), Math.max(0, value));
    },
    count: (name, times, own) => {
      statsd.count(named(name, own), times);
    },
    hit: (search, own) => {
      statsd.count(named(search, own), 1);
    },
    close: () => statsd.close(),
  };
}

/** Metrics that go nowhere. */
export const noMetrics: Metrics = {
  isOn: false,
  gauge: () => undefined,
  count: () => undefined,
  hit: () => undefined,
  close: () => Promise.resolve(),
};
