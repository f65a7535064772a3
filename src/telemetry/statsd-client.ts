import { getSystemErrorMessage } from 'node:util';
import type { StatsD } from 'hot-shots';
import { pause } from '../backoff.ts';
import type { StatsdAddress } from './statsd-address.ts';

/** One datagram holds so much: below the payload of an Ethernet frame, tunnels and IPv6 included. */
const MAX_DATAGRAM_BYTES = 1400;
/** More datagrams than these are not under way at once. */
const MAX_IN_FLIGHT = 500;
const CLOSE_MS = 1000;

/** sockaddr_un(7) has room for so many; unix-dgram would cut a longer path and send elsewhere. */
const MAX_PATH_BYTES = 107;

/** What hot-shots knows and its types do not tell. */
interface Internals {
  readonly messagesInFlight: number;
}

/** hot-shots, tied to one IP address or Unix datagram socket, with all that it would do by itself turned off. */
export class StatsdClient {
  private readonly statsd: StatsD;
  private closing: Promise<void> | undefined;

  private constructor(statsd: StatsD) {
    this.statsd = statsd;
  }

  /** Loads hot-shots and makes its socket; `failed` hears of everything that goes wrong later, and nobody else does. */
  static async open(address: StatsdAddress, failed: (reason: string) => void): Promise<StatsdClient> {
    if (address.kind === 'socket' && Buffer.byteLength(address.path) > MAX_PATH_BYTES) {
      throw new Error(`the path of a socket has at most ${MAX_PATH_BYTES} bytes`);
    }
    const { StatsD } = await import('hot-shots');
    const statsd = new StatsD({
      ...(address.kind === 'socket'
        ? { protocol: 'uds', path: address.path }
        : { protocol: 'udp', host: address.host, port: address.port }),
      telegraf: true,
      // Names come with prefix and tags: hot-shots would add a dot to the one, and rewrite the others by other rules.
      includeDataDogTags: false,
      maxBufferSize: MAX_DATAGRAM_BYTES,
      udsRetryOptions: { retries: 0 },
      closingFlushInterval: 20,
      errorHandler: (error) => {
        failed(reasonOf(error));
      },
    });
    return new StatsdClient(statsd);
  }

  /** The network takes no more for now. */
  get isCongested(): boolean {
    return (this.statsd as unknown as Internals).messagesInFlight > MAX_IN_FLIGHT;
  }

  gauge(name: string, value: number): void {
    this.statsd.gauge(name, value);
  }

  count(name: string, times: number): void {
    this.statsd.increment(name, times);
  }

  /** Sends the datagram that is not full yet. */
  flush(): void {
    this.statsd.flush();
  }

  /** Sends what is here and lets go of the socket, also when nobody listens. */
  close(): Promise<void> {
    // Once only: unix-dgram ends the process when a socket is closed again.
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    const { statsd } = this;
    const enough = new AbortController();
    const closed = new Promise<void>((resolve) => {
      // Flushed first: with something left that cannot be sent, hot-shots would leave the socket open.
      statsd.flush(() => {
        statsd.close(() => {
          resolve();
        });
      });
    });
    await Promise.race([closed, pause(CLOSE_MS, enough.signal)]);
    enough.abort();
  }
}

/** unix-dgram gives the system's error as a negative number. */
function reasonOf(error: Error & { code?: unknown }): string {
  const { code, message } = error;
  return typeof code === 'number' && code < 0 ? getSystemErrorMessage(code) : message;
}
