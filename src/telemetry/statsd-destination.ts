import { lookup } from 'node:dns/promises';
import { pause } from '../backoff.ts';
import { messageOf } from '../errors.ts';
import type { Log } from './log.ts';
import { describeAddress, type StatsdAddress } from './statsd-address.ts';
import { StatsdClient } from './statsd-client.ts';

/** How often a name is looked up again; never twice at once, as a lookup may hold a thread that files need. */
const LOOKUP_MS = 60_000;
const RETRY_MS = 10_000;
const READY_MS = 1000;

/** Knows the client for an address, and keeps it right when the name moves. Never throws; what fails is tried again. */
export class StatsdDestination {
  /** Undefined as long as the address is not known. */
  client: StatsdClient | undefined;
  private readonly address: StatsdAddress;
  private readonly log: Log;
  private readonly opened: Promise<void>;
  private readonly closing = new AbortController();
  private host: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(address: StatsdAddress, log: Log) {
    this.address = address;
    this.log = log;
    this.opened = this.open();
  }

  /** Resolves when there is a client, or soon without. */
  async ready(): Promise<void> {
    if (this.client !== undefined) return;
    const enough = new AbortController();
    await Promise.race([this.opened, pause(READY_MS, enough.signal)]);
    enough.abort();
  }

  async close(): Promise<void> {
    this.closing.abort();
    clearTimeout(this.timer);
    await this.client?.close();
  }

  private async open(): Promise<void> {
    try {
      await this.find();
      this.again(LOOKUP_MS);
    } catch (error) {
      this.complain(messageOf(error));
      this.again(RETRY_MS);
    }
  }

  private async find(): Promise<void> {
    const { address } = this;
    if (address.kind === 'socket') {
      this.client ??= await this.connect(address);
      return;
    }
    const host = address.kind === 'ip' ? address.host : await resolve(address.host);
    if (host === this.host || this.closing.signal.aborted) return;
    const old = this.client;
    this.client = await this.connect({ kind: 'ip', host, port: address.port });
    this.host = host;
    await old?.close();
  }

  private connect(address: StatsdAddress): Promise<StatsdClient> {
    return StatsdClient.open(address, (reason) => {
      this.complain(reason);
    });
  }

  private again(ms: number): void {
    if (this.address.kind !== 'name' && this.client !== undefined) return;
    if (this.closing.signal.aborted) return;
    this.timer = setTimeout(() => void this.open(), ms);
    this.timer.unref();
  }

  private complain(reason: string): void {
    if (this.closing.signal.aborted) return;
    this.log.warn(`metrics do not reach ${describeAddress(this.address)}: ${reason}; shipping goes on.`, 'unreachable');
  }
}

/** journalpump speaks IPv4 only, and so does many a statsd at a name that has both kinds of address. */
async function resolve(name: string): Promise<string> {
  return (await lookup(name, { order: 'ipv4first' })).address;
}
