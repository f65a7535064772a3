import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { endChild, leashed } from './child.ts';
import { until } from './until.ts';

/** A datagram as systemd sees it: who has sent it, and its assignments. */
export interface Notification {
  readonly pid: number;
  readonly text: string;
}

/** Stands in for systemd's end of NOTIFY_SOCKET. Use it with `await using`. */
export class NotifyReceiver implements AsyncDisposable {
  readonly address: string;
  readonly received: Notification[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, null>;

  private constructor(address: string) {
    this.address = address;
    const [command, ...args] = leashed('python3', join(import.meta.dirname, 'notify-receiver.py'), address);
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** Listens at a path, or at an abstract name that begins with `@`. */
  static async listen(address: string): Promise<NotifyReceiver> {
    const receiver = new NotifyReceiver(address);
    let rest = '';
    receiver.#child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line !== 'ready') receiver.received.push(JSON.parse(line) as Notification);
    });
    await once(receiver.#child.stdout, 'data');
    return receiver;
  }

  /** Waits for a datagram whose text matches, the first one or the first behind so many. */
  async next(pattern: RegExp, behind = 0): Promise<Notification> {
    return until(() => this.received.slice(behind).find(({ text }) => pattern.test(text)), {
      what: () => `${String(pattern)} among ${JSON.stringify(this.received)}`,
    });
  }

  /** Does not read what comes, as systemd when it is busy. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    await endChild(this.#child);
  }
}
