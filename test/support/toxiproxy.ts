import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { endChild, leashed } from './child.ts';
import { goProgramPath } from './go-programs.ts';
import { freePorts } from './ports.ts';
import { until } from './until.ts';

/** What can be done to connections; see toxiproxy's manual for the attributes. */
export interface Toxic {
  readonly type: 'timeout' | 'reset_peer' | 'latency' | 'limit_data' | 'bandwidth' | 'slow_close';
  readonly stream: 'upstream' | 'downstream';
  readonly attributes?: Readonly<Record<string, number>>;
}

/** A proxy before one server, whose connections can be spoilt. Takes `need(t, 'toxiproxy')`. Use it with `await using`. */
export class Toxiproxy implements AsyncDisposable {
  /** Where it listens. */
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #api: string;

  private constructor(address: string, child: ChildProcess, api: string) {
    this.address = address;
    this.#child = child;
    this.#api = api;
  }

  /** Starts one that leads to `upstream`, `host:port`; it listens at a free port unless one is given. */
  static async start(upstream: string, listenPort?: number): Promise<Toxiproxy> {
    const [apiPort, freePort] = (await freePorts(2)) as [number, number];
    const [command, ...args] = leashed(goProgramPath('toxiproxy'), '-host', '127.0.0.1', '-port', String(apiPort));
    const child = spawn(command, args, { stdio: 'ignore' });
    const proxy = new Toxiproxy(`127.0.0.1:${listenPort ?? freePort}`, child, `http://127.0.0.1:${apiPort}`);
    const answers = (): Promise<boolean> =>
      proxy.#call('GET', '/version').then(
        () => true,
        () => false,
      );
    await until(answers, { what: 'toxiproxy' });
    await proxy.#call('POST', '/proxies', { name: 'it', listen: proxy.address, upstream, enabled: true });
    return proxy;
  }

  /** Spoils all connections, those that are open already too, until the returned function is called. */
  async spoil(toxic: Toxic): Promise<() => Promise<void>> {
    await this.#call('POST', '/proxies/it/toxics', { name: 'bad', ...toxic });
    return async () => {
      await this.#call('DELETE', '/proxies/it/toxics/bad');
    };
  }

  /** Cuts all connections and takes no more, or takes them again. */
  async enable(enabled: boolean): Promise<void> {
    await this.#call('POST', '/proxies/it', { enabled });
  }

  async #call(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(this.#api + path, { method, ...(body && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`toxiproxy: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
  }
}
