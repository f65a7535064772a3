import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { endChild, leashed } from './child.ts';

/** An entry as a program sends it; journald drops names that begin with an underscore and adds its own. */
export type JournalFields = Readonly<Record<string, string | number | Buffer>>;

/** Whom journald should take the lines of a stream for. */
export interface LineSource {
  readonly identifier?: string;
  /** 0-7; 6 unless given. A line can have its own in front: `<3>text`. */
  readonly priority?: number;
  /** Becomes _SYSTEMD_UNIT; journald believes that of root only. */
  readonly unit?: string;
}

/** Writes to journald's native socket through one helper process, some ten thousand entries a second. */
export class JournalSocket {
  readonly #helper: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #failure: Promise<never>;
  #waiting: (() => void)[] = [];

  constructor(path: string) {
    const [command, ...args] = leashed('perl', join(import.meta.dirname, 'datagrams.pl'), path);
    this.#helper = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#helper.stdin.on('error', () => undefined); // the exit tells why
    const complaint = text(this.#helper.stderr);
    this.#failure = once(this.#helper, 'exit').then(async () => {
      throw new Error(`no more entries can be written: ${await complaint}`);
    });
    this.#failure.catch(() => undefined); // told to whom writes
    this.#helper.stdout.on('data', (chunk: Buffer) => {
      for (const done of this.#waiting.splice(0, chunk.length)) done();
    });
  }

  /** Resolves when journald's socket has taken all of the entries (not: when they are in the journal). */
  async write(entries: Iterable<JournalFields>): Promise<void> {
    for (const entry of entries) {
      const datagram = encodeNative(entry);
      this.#helper.stdin.write(lengthOf(datagram));
      if (!this.#helper.stdin.write(datagram)) await this.#orFailure(drained(this.#helper.stdin));
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#waiting.push(() => {
      resolve(undefined);
    });
    this.#helper.stdin.write(Buffer.alloc(4));
    await this.#orFailure(promise);
  }

  async close(): Promise<void> {
    await endChild(this.#helper);
  }

  #orFailure(awaited: Promise<unknown>): Promise<unknown> {
    return Promise.race([awaited, this.#failure]);
  }
}

/** Writes lines to journald's stream socket, as a service's stdout does; resolves when the socket has taken them. */
export async function writeStream(path: string, lines: Iterable<string>, source: LineSource = {}): Promise<void> {
  const { identifier = 'test', priority = 6, unit = '' } = source;
  const socket = connect(path);
  const ended = once(socket, 'close');
  // identifier, unit, priority, whether lines may have one of their own, and forwarding to syslog, kmsg and console
  socket.write(`${identifier}\n${unit}\n${priority}\n1\n0\n0\n0\n`);
  for (const line of lines) {
    if (!socket.write(`${line}\n`)) await Promise.race([drained(socket), ended]);
  }
  socket.end();
  socket.resume(); // or its end goes unseen
  await ended;
}

function encodeNative(fields: JournalFields): Buffer {
  const parts = Object.entries(fields).map(([name, value]) => {
    const bytes = Buffer.from(typeof value === 'number' ? String(value) : (value as string));
    if (!bytes.includes(0x0a)) return Buffer.concat([Buffer.from(`${name}=`), bytes, Buffer.from('\n')]);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.length));
    return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
  });
  return Buffer.concat(parts);
}

function lengthOf(datagram: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(datagram.length);
  return head;
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.once('drain', resolve));
}
