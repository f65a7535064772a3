import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { getuid } from 'node:process';
import { exitOf, leashed } from './child.ts';
import type { CertificateFiles } from './certificates.ts';
import { mavenFolder } from './maven-jars.ts';
import { newJavaHome } from './new-java.ts';
import { freePorts } from './ports.ts';
import { until } from './until.ts';

export type SearchEngine = 'elasticsearch' | 'opensearch';

export interface SearchServerOptions {
  /** Lines of its config file, `key: value`. */
  readonly settings?: readonly string[];
  /** Memory of its heap, 512m unless given. */
  readonly heap?: string;
  /** Users with their passwords, as administrators; Elasticsearch only. Without any, nobody has to log in. */
  readonly users?: Readonly<Record<string, string>>;
  /** Speaks TLS with this certificate; Elasticsearch only, with users. `ca` is the authority of clients. */
  readonly tls?: CertificateFiles & { readonly ca: string };
  /** Another version of it than the one that is called like the engine. Takes `need(t, 'opensearch3')`. */
  readonly release?: 'opensearch3';
  /** Compiles thoroughly, for measures; a quick start is preferred without it. */
  readonly isFast?: boolean;
}

/** A document as it is stored. */
export interface FoundDocument {
  readonly index: string;
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/** Neither engine starts as root. */
const NOBODY = 65534;
/** On a machine that has much else to do. */
const START_DEADLINE_MS = 300_000;
/** A clean end flushes indices, which nobody needs here. */
const CONTAINER_PATHS = ['data', 'logs', 'config', 'tmp'];

/** A real server of one node, ready for requests. Takes `need(t, 'elasticsearch')` or `need(t, 'opensearch')`. Use it with `await using`. */
export class SearchServer implements AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly #engine: SearchEngine;
  readonly #folder: string;
  readonly #home: string;
  readonly #java: string;
  readonly #options: SearchServerOptions;
  #child: ChildProcess | undefined;
  #said = '';

  private constructor(
    engine: SearchEngine,
    place: { folder: string; home: string; java: string; port: number },
    options: SearchServerOptions,
  ) {
    this.#engine = engine;
    this.#folder = place.folder;
    this.#home = place.home;
    this.#java = place.java;
    this.#options = options;
    this.port = place.port;
    this.url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${place.port}`;
  }

  static async start(engine: SearchEngine, options: SearchServerOptions = {}): Promise<SearchServer> {
    const folder = await mkdtemp(join(tmpdir(), `${engine}-`));
    await chmod(folder, 0o755);
    const home = await reachable(await homeOf(engine, options.release ?? engine), join(folder, 'home'));
    const java =
      options.release === undefined ? await systemJava() : await reachable(newJavaHome, join(folder, 'java'));
    const [port, transportPort] = await freePorts(2);
    const server = new SearchServer(engine, { folder, home, java, port: port! }, options);
    await server.#configure(transportPort!);
    await server.restart();
    return server;
  }

  /** Starts it after `kill`, with the same data, and waits until it answers. */
  async restart(): Promise<void> {
    const { heap = '512m', isFast = false } = this.#options;
    const folder = this.#folder;
    const java = `-Xms${heap} -Xmx${heap} -XX:+UseSerialGC${isFast ? '' : ' -XX:TieredStopAtLevel=1'}`;
    const [command, ...args] = asNobody(join(this.#home, 'bin', this.#engine), '-p', join(folder, 'tmp/pid'));
    const env = Object.fromEntries(
      ['ES', 'OPENSEARCH'].flatMap((name) => [
        [`${name}_PATH_CONF`, join(folder, 'config')],
        [`${name}_TMPDIR`, join(folder, 'tmp')],
        [`${name}_JAVA_OPTS`, java],
        [`${name}_JAVA_HOME`, this.#java],
      ]),
    ) as Record<string, string>;
    const child = spawn(command, args, {
      cwd: join(folder, 'tmp'),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.#said = (this.#said + text).slice(-20_000)));
    this.#child = child;
    await until(() => this.#isReady(), {
      what: () => `${this.#engine}; it said: ${this.#said}`,
      deadlineMs: START_DEADLINE_MS,
      everyMs: 50,
    });
  }

  /** Asks it, as the first of its users, and returns the parsed answer; rejects for a status from 400 on. */
  async ask<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const [login] = Object.entries(this.#options.users ?? {});
    const { request } = await import('undici');
    const answer = await request(`${this.url}${path}`, {
      method: method as 'GET',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(login && { authorization: `Basic ${Buffer.from(login.join(':')).toString('base64')}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      ...(this.#options.tls && { dispatcher: await trusting(this.#options.tls.ca) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as T;
  }

  /** All documents of the indices, found after a refresh, in the order of a field. */
  async documents(indices: string, orderedBy = 'SEQ'): Promise<FoundDocument[]> {
    const found: FoundDocument[] = [];
    for await (const document of this.eachDocument(indices, { orderedBy })) found.push(document);
    return found;
  }

  /** Likewise, without holding them all; of each only these fields, if they are named. */
  async *eachDocument(
    indices: string,
    { orderedBy = 'SEQ', fields }: { orderedBy?: string; fields?: readonly string[] } = {},
  ): AsyncGenerator<FoundDocument> {
    await this.ask('POST', `/${indices}/_refresh`);
    let after: unknown;
    for (;;) {
      const { hits } = await this.ask<{
        hits: { hits: { _index: string; _id: string; _source: Record<string, unknown>; sort: unknown }[] };
      }>('POST', `/${indices}/_search`, {
        size: 10_000,
        sort: [{ [orderedBy]: { order: 'asc', unmapped_type: 'keyword' } }, '_doc'],
        ...(fields !== undefined && { _source: fields }),
        ...(after !== undefined && { search_after: after }),
      });
      if (hits.hits.length === 0) return;
      yield* hits.hits.map(({ _index, _id, _source }) => ({ index: _index, id: _id, source: _source }));
      after = hits.hits.at(-1)!.sort;
    }
  }

  /** How many documents the indices have, found after a refresh; 0 when there are none such. */
  async count(indices: string): Promise<number> {
    await this.ask('POST', `/${indices}/_refresh?ignore_unavailable=true`);
    return (await this.ask<{ count: number }>('GET', `/${indices}/_count?ignore_unavailable=true`)).count;
  }

  /** The names of indices that a pattern matches. */
  async indices(pattern: string): Promise<string[]> {
    return Object.keys(await this.ask<object>('GET', `/${pattern}/_settings?expand_wildcards=all`)).sort();
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined) return;
    const exit = exitOf(child);
    const pid = await this.#ownPid();
    // Elasticsearch's own process is a child of the one that was started.
    for (const each of [pid, child.pid]) if (each > 0) signalled(each, 'SIGKILL');
    await exit;
    await until(() => !isAlive(pid), { what: 'its end' });
    await rm(join(this.#folder, 'tmp/pid'), { force: true });
  }

  /** Stops it as it is (SIGSTOP), or lets it go on (SIGCONT). */
  async signal(name: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const pid = await this.#ownPid();
    if (pid > 0) signalled(pid, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** 0 while there is none. */
  async #ownPid(): Promise<number> {
    return Number(await readFile(join(this.#folder, 'tmp/pid'), 'utf8').catch(() => ''));
  }

  async #isReady(): Promise<boolean> {
    if (this.#child?.exitCode !== null) throw new Error(`it ended: ${this.#said}`);
    return this.ask('GET', '/_cluster/health?wait_for_status=yellow&timeout=1s').then(
      () => true,
      () => false,
    );
  }

  async #configure(transportPort: number): Promise<void> {
    const folder = this.#folder;
    for (const path of CONTAINER_PATHS) await mkdir(join(folder, path));
    await cp(join(this.#home, 'config'), join(folder, 'config'), { recursive: true });
    const agent = join(this.#home, 'agent/opensearch-agent.jar');
    const jvm = [
      `-Djava.io.tmpdir=${join(folder, 'tmp')}`,
      '18-23:-Djava.security.manager=allow',
      // what OpenSearch has in place of a security manager from version 3 on
      ...(existsSync(agent) ? [`-javaagent:${agent}`] : []),
      '',
    ];
    await writeFile(join(folder, 'config/jvm.options'), jvm.join('\n'));
    const { settings = [], users } = this.#options;
    const lines = [
      'cluster.name: test',
      'node.name: test',
      `path.data: ${join(folder, 'data')}`,
      `path.logs: ${join(folder, 'logs')}`,
      'network.host: 127.0.0.1',
      `http.port: ${this.port}`,
      `transport.port: ${transportPort}`,
      'discovery.type: single-node',
      'cluster.routing.allocation.disk.threshold_enabled: false',
      'node.store.allow_mmap: false',
      'indices.breaker.total.use_real_memory: false',
      ...(this.#engine === 'elasticsearch' ? await this.#security() : []),
      ...settings,
    ];
    await writeFile(join(folder, 'config', `${this.#engine}.yml`), `${lines.join('\n')}\n`);
    if (users !== undefined) await this.#addUsers(users);
    if (getuid?.() === 0) await giveAway(folder);
  }

  async #security(): Promise<string[]> {
    const { users, tls } = this.#options;
    const lines = [
      `xpack.security.enabled: ${users !== undefined}`,
      'xpack.ml.enabled: false',
      'xpack.watcher.enabled: false',
    ];
    if (tls === undefined) return lines;
    for (const [name, file] of Object.entries({ cert: tls.certfile, key: tls.keyfile, ca: tls.ca }))
      await cp(file, join(this.#folder, `config/${name}.pem`));
    const own = 'xpack.security.http.ssl';
    return [
      ...lines,
      `${own}.enabled: true`,
      `${own}.certificate: cert.pem`,
      `${own}.key: key.pem`,
      `${own}.certificate_authorities: [ca.pem]`,
      `${own}.client_authentication: optional`,
    ];
  }

  /** What `elasticsearch-users useradd` does, which takes a second for each. */
  async #addUsers(users: Readonly<Record<string, string>>): Promise<void> {
    const names = Object.keys(users);
    const config = join(this.#folder, 'config');
    await writeFile(join(config, 'users'), names.map((name) => `${name}:${hashOf(users[name]!)}\n`).join(''));
    await writeFile(
      join(config, 'users_roles'),
      `superuser:${names[0]!}\n${names
        .slice(1)
        .map((name) => `${name}:${name}\n`)
        .join('')}`,
    );
  }
}

async function homeOf(engine: SearchEngine, release: SearchEngine | 'opensearch3'): Promise<string> {
  const folder = mavenFolder(release);
  const name = (await readdir(folder)).find((entry) => entry.startsWith(engine));
  // Elasticsearch wants to be started by its real path.
  return realpath(join(folder, name!));
}

/** The folder, or a copy of it where nobody may look at it. */
async function reachable(home: string, copy: string): Promise<string> {
  if (getuid?.() !== 0) return home;
  for (let path = home; path !== '/'; path = dirname(path)) {
    if (((await stat(path)).mode & 0o005) === 0o005) continue;
    await cp(home, copy, { recursive: true });
    return copy;
  }
  return home;
}

function asNobody(...commandLine: [string, ...string[]]): readonly [string, ...string[]] {
  const line = leashed(...commandLine);
  if (getuid?.() !== 0) return line;
  return ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--', ...line];
}

function hashOf(password: string): string {
  const salt = randomBytes(32);
  const hash = pbkdf2Sync(password, salt, 1000, 32, 'sha512');
  return `{PBKDF2}1000$${salt.toString('base64')}$${hash.toString('base64')}`;
}

async function giveAway(path: string): Promise<void> {
  await chown(path, NOBODY, NOBODY);
  if (!(await stat(path)).isDirectory()) return;
  for (const name of await readdir(path)) if (!['home', 'java'].includes(name)) await giveAway(join(path, name));
}

async function systemJava(): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const java = await realpath(join(folder, 'java')).catch(() => undefined);
    if (java !== undefined) return dirname(dirname(java));
  }
  throw new Error('no java in PATH');
}

async function trusting(ca: string) {
  const { Agent } = await import('undici');
  return new Agent({ connect: { ca: await readFile(ca) }, keepAliveTimeout: 1 });
}

function signalled(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended by itself
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
