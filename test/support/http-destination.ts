import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The environment in which a daemon knows the sender `http_test`. */
export const httpSenderEnv = { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'http-sender.ts')}` };

/** What a destination does with what it gets; all of it may be changed at any time. */
export interface Rules {
  /** Which entries of a batch it refuses. */
  isBad: (line: string, n: number) => boolean;
  /** It refuses the batch for them, without a word about which. */
  asAWhole: boolean;
  /** It answers 503. */
  isDown: boolean;
  /** It takes what comes and does not answer. */
  isHanging: boolean;
}

/** A server for the sender `http_test` that takes and refuses as it is told. Use it with `using`. */
export class HttpDestination implements Disposable {
  /** What it has accepted. */
  readonly taken: string[] = [];
  readonly rules: Rules = { isBad: () => false, asAWhole: false, isDown: false, isHanging: false };
  requests = 0;
  private readonly server = createServer((request, response) => {
    void text(request).then((body) => {
      this.answer(body.split('\n').slice(0, -1), response);
    });
  });

  static async start(): Promise<HttpDestination> {
    const destination = new HttpDestination();
    destination.server.listen(0, '127.0.0.1');
    await once(destination.server, 'listening');
    return destination;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** The keys of a sender that delivers here. */
  get sender(): object {
    return { output_type: 'http_test', file_output: undefined, test_url: this.url };
  }

  /** Hangs no longer: it closes what it will not answer, and answers what comes from now on. */
  recover(): void {
    this.rules.isHanging = false;
    this.server.closeAllConnections();
  }

  [Symbol.dispose](): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(lines: readonly string[], response: ServerResponse): void {
    this.requests++;
    const { isBad, asAWhole, isDown, isHanging } = this.rules;
    if (isHanging) return;
    if (isDown) {
      response.writeHead(503).end();
      return;
    }
    const bad = lines.flatMap((line, i) => (isBad(line, i) ? [i] : []));
    if (asAWhole && bad.length > 0) {
      response.writeHead(400).end('something in it is bad');
      return;
    }
    this.taken.push(...lines.filter((_, i) => !bad.includes(i)));
    response.end(JSON.stringify(bad.map((i) => [i, 'not in my index'])));
  }
}
