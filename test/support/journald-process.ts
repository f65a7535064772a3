import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '../../src/errors.ts';
import { endChild, exitOf } from './child.ts';
import { JournalSocket, writeStream } from './journal-socket.ts';
import type { JournalFields, LineSource } from './journal-socket.ts';
import type { MountNamespace } from './mount-namespace.ts';
import { until } from './until.ts';

const daemon = '/lib/systemd/systemd-journald';

/** Where a journald lives: the private /run and /var/log as the machine sees them, and its machine's id. */
export interface JournaldPlace {
  readonly mounts: MountNamespace;
  readonly run: string;
  readonly log: string;
  readonly machineId: string;
}

/** One systemd-journald: the machine's own (name undefined) or that of a journal namespace. */
export class JournaldProcess {
  /** The folder of its journal files, as seen from outside of the mount namespace too. */
  readonly directory: string;
  readonly #place: JournaldPlace;
  readonly #name: string | undefined;
  readonly #sockets: string;
  #process: ChildProcess | undefined;
  #socket: JournalSocket | undefined;

  constructor(place: JournaldPlace, name?: string) {
    this.#place = place;
    this.#name = name;
    this.#sockets = join(place.run, 'systemd', name === undefined ? 'journal' : `journal.${name}`);
    this.directory = join(place.log, 'journal', name === undefined ? place.machineId : `${place.machineId}.${name}`);
  }

  /** Starts it with these lines for journald.conf's [Journal] section; resolves when it takes entries. */
  async start(configuration: readonly string[]): Promise<void> {
    const name = this.#name === undefined ? 'journald' : `journald@${this.#name}`;
    const folder = join(this.#place.run, 'systemd', `${name}.conf.d`);
    for (const each of [folder, this.#sockets, this.directory]) await mkdir(each, { recursive: true });
    // a file in /run, late by its name, overrules whatever the machine's own files say
    await writeFile(join(folder, 'zz-test.conf'), ['[Journal]', ...configuration, ''].join('\n'));
    // without this flag journald stays in /run/log/journal until told to flush
    await writeFile(join(this.#sockets, 'flushed'), '');
    await this.#launch();
    this.#socket = new JournalSocket(join(this.#sockets, 'socket'));
  }

  /** Sends entries with fields of one's choice; resolves when the socket has taken them. */
  async write(entries: Iterable<JournalFields>): Promise<void> {
    await this.#socket!.write(entries);
  }

  /** Sends lines as a service's output; resolves when the socket has taken them. */
  async writeLines(lines: Iterable<string>, source?: LineSource): Promise<void> {
    await writeStream(join(this.#sockets, 'stdout'), lines, source);
  }

  /** Ends it in order, unless it was killed, and starts it again. */
  async restart(): Promise<void> {
    await endChild(this.#process!);
    await this.#launch();
  }

  /** Kills it as a crash would; returns when it is gone. */
  async kill9(): Promise<void> {
    this.#process!.kill('SIGKILL');
    await exitOf(this.#process!);
  }

  async stop(): Promise<void> {
    await this.#socket?.close();
    if (this.#process) await endChild(this.#process);
  }

  async #launch(): Promise<void> {
    const log = join(this.#sockets, 'journald.stderr');
    await using stderr = await open(log, 'w');
    const args = this.#name === undefined ? [] : [this.#name];
    const child = this.#place.mounts.spawn(daemon, args, { stdio: ['ignore', 'ignore', stderr.fd] });
    this.#process = child;
    const ended = new AbortController();
    void exitOf(child).then(async () => {
      ended.abort(new Error(`systemd-journald did not start: ${await readFile(log, 'utf8').catch(messageOf)}`));
    });
    await this.#takesEntries(ended.signal);
  }

  /** Its sockets are files that outlive it: only a connection shows that it listens. */
  async #takesEntries(signal: AbortSignal): Promise<void> {
    for (const name of ['stdout', 'io.systemd.journal']) {
      const path = join(this.#sockets, name);
      await until(() => isListening(path), { what: `systemd-journald at ${path}`, signal });
    }
  }
}

async function isListening(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // not yet
  } finally {
    socket.destroy();
  }
}
