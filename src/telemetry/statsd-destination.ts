import { lookup } from 'node:dns/promises';
import { pause } from '../backoff.ts';
import { messageOf } from '../errors.ts';
import type { Log } from './log.ts';
import { describeAddress, type StatsdAddress } from './statsd-address.ts';
import { StatsdClient } from './statsd-client.ts';

/** How names are looked up. */
export interface Lookups {
  /** The IP address that a name has now. */
  readonly resolve: (name: string) => Promise<string>;
  /** When to look again after an answer, and after none; never twice at once: it may take a thread that files need. */
  readonly againMs: number;
  readonly retryMs: number;
}

const LOOKUPS: Lookups = { resolve, againMs: 60_000, retryMs: 10_000 };
/** A close waits so long for a first answer. */
const READY_MS = 1000;

/** Knows the client for an address, and keeps it right when the name moves. Never throws; what fails is tried again. */
export class StatsdDestination {
  /** Undefined while the address is not known, and after the close. */
  client: StatsdClient | undefined;
  private readonly address: StatsdAddress;
  private readonly log: Log;
  private readonly lookups: Lookups;
  private readonly opened: Promise<void>;
  private host: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(address: StatsdAddress, log: Log, lookups = LOOKUPS) {
    this.address = address;
    this.log = log;
    this.lookups = lookups;
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
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.use(undefined);
  }

  private async open(): Promise<void> {
    const { againMs, retryMs } = this.lookups;
    try {
      if (this.address.kind === 'name') await this.follow(this.address.host, this.address.port);
      else await this.use(await this.connect(this.address));
      if (this.address.kind === 'name') this.again(againMs);
    } catch (error) {
      this.complain(messageOf(error));
      this.again(retryMs);
    }
  }

  /** When there is no answer, the address of before stays in use. */
  private async follow(name: string, port: number): Promise<void> {
    const host = await this.lookups.resolve(name);
    if (host === this.host || this.isClosed) return;
    await this.use(await this.connect({ kind: 'ip', host, port }));
    this.host = host;
  }

  private async use(client: StatsdClient | undefined): Promise<void> {
    const old = this.client;
    this.client = this.isClosed ? undefined : client;
    await old?.close();
    if (this.isClosed) await client?.close();
  }

  private connect(address: StatsdAddress): Promise<StatsdClient> {
    return StatsdClient.open(address, (reason) => {
      this.complain(reason);
    });
  }

  private again(ms: number): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => void this.open(), ms);
    this.timer.unref();
  }

  private complain(reason: string): void {
    if (this.isClosed) return;
    this.log.warn(`metrics do not reach ${describeAddress(this.address)}: ${reason}; shipping goes on.`, 'unreachable');
  }
}

/** journalpump speaks IPv4 only, and so does many a statsd at a name that has both kinds of address. */
async function resolve(name: string): Promise<string> {
  return (await lookup(name, { order: 'ipv4first' })).address;
}
