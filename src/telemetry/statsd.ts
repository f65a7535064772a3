import type { Log } from './log.ts';
import type { StatsdAddress } from './statsd-address.ts';
import { StatsdDestination } from './statsd-destination.ts';

const FLUSH_MS = 1000;
/** So many different series may wait for a flush; one has about 100 bytes. */
const MAX_SERIES = 2000;

/**
 * Adds up counts and keeps the latest gauges until the next flush, a second later: a search that hits every entry
 * costs a number, not a datagram. Holds a bounded number of series, whether the statsd can be reached or not.
 */
export class Statsd {
  private readonly gauges = new Map<string, number>();
  private readonly counts = new Map<string, number>();
  private readonly destination: StatsdDestination;
  private readonly log: Log;
  private readonly timer: NodeJS.Timeout;

  constructor(address: StatsdAddress, log: Log) {
    this.log = log;
    this.destination = new StatsdDestination(address, log);
    this.timer = setInterval(() => {
      this.flush();
    }, FLUSH_MS);
    this.timer.unref();
  }

  gauge(name: string, value: number): void {
    if (Number.isFinite(value) && this.hasRoom(this.gauges, name)) this.gauges.set(name, value);
  }

  count(name: string, times: number): void {
    if (Number.isFinite(times) && this.hasRoom(this.counts, name)) {
      this.counts.set(name, (this.counts.get(name) ?? 0) + times);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.destination.ready();
    this.flush();
    await this.destination.close();
  }

  private hasRoom(series: ReadonlyMap<string, number>, name: string): boolean {
    if (series.has(name) || series.size < MAX_SERIES) return true;
    this.flush();
    if (series.size < MAX_SERIES) return true;
    this.log.warn(`more than ${MAX_SERIES} different metrics wait to be sent; leaving out some.`, 'too-many');
    return false;
  }

  private flush(): void {
    const { client } = this.destination;
    if (client === undefined || client.isCongested) return;
    for (const [name, value] of this.gauges) client.gauge(name, value);
    for (const [name, times] of this.counts) client.count(name, times);
    this.gauges.clear();
    this.counts.clear();
    client.flush();
  }
}
