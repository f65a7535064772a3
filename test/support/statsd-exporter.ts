import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endChild, leashed } from './child.ts';
import { goProgramPath } from './go-programs.ts';
import { StatsdServer } from './statsd-server.ts';
import { until } from './until.ts';

/** A series on the exporter's page. */
export interface Exposed {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real statsd_exporter. Takes `need(t, 'statsd_exporter')`. Use it with `await using`. */
export class StatsdExporter implements AsyncDisposable {
  /** Where it takes metrics: UDP on 127.0.0.1, or a Unix datagram socket. */
  readonly port: number;
  readonly path: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #pageUrl: string;

  private constructor(options: { port: number; folder: string; child: ChildProcess; pageUrl: string }) {
    this.port = options.port;
    this.path = socketIn(options.folder);
    this.#folder = options.folder;
    this.#child = options.child;
    this.#pageUrl = options.pageUrl;
  }

  static async start(): Promise<StatsdExporter> {
    const folder = await mkdtemp(join(tmpdir(), 'statsd-exporter-'));
    const port = await freeUdpPort();
    const pageAddress = `127.0.0.1:${await freeTcpPort()}`;
    const [command, ...args] = leashed(
      goProgramPath('statsd_exporter'),
      `--statsd.listen-udp=127.0.0.1:${port}`,
      `--statsd.listen-unixgram=${socketIn(folder)}`,
      '--statsd.listen-tcp=',
      `--web.listen-address=${pageAddress}`,
    );
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    const exporter = new StatsdExporter({ port, folder, child, pageUrl: `http://${pageAddress}/metrics` });
    // Its statsd ports are open before its page.
    await until(
      () =>
        exporter.series().then(
          () => true,
          () => false,
        ),
      { what: () => `the exporter; it said: ${said}` },
    );
    return exporter;
  }

  /** All series on its page, its own included. */
  async series(): Promise<Exposed[]> {
    const page = await (await fetch(this.#pageUrl)).text();
    return [...page.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name, labels, value]) => ({
      name: name!,
      labels: Object.fromEntries(
        [...(labels ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [
          label!,
          JSON.parse(`"${text!}"`) as string,
        ]),
      ),
      value: Number(value),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function socketIn(folder: string): string {
  return join(folder, 'statsd.sock');
}

async function freeUdpPort(): Promise<number> {
  using server = await StatsdServer.atAddress('127.0.0.1');
  return server.port;
}

async function freeTcpPort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
