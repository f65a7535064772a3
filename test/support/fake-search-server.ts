import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** A request as it came in: the lines of a bulk request. */
export interface Bulk {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly lines: readonly string[];
  readonly bytes: number;
}

/** Answers with what a real server cannot be made to say. Everything but bulk requests gets what a new server says. */
export class FakeSearchServer implements AsyncDisposable {
  readonly bulks: Bulk[] = [];
  readonly url: string;
  readonly port: number;
  readonly #server;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  static async start(answer: (bulk: Bulk, response: ServerResponse, n: number) => void): Promise<FakeSearchServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const fake = new FakeSearchServer(server);
    server.on('request', (request, response) => {
      void buffer(request).then((body) => {
        const url = request.url ?? '';
        if (!url.includes('/_bulk')) {
          json(response, 200, url.endsWith('/') ? { version: { number: '8.19.21' } } : {});
          return;
        }
        const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        const lines = plain.toString().split('\n').slice(0, -1);
        const bulk = { headers: request.headers, url, lines, bytes: plain.length };
        fake.bulks.push(bulk);
        answer(bulk, response, fake.bulks.length);
      });
    });
    return fake;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** Answers with this as JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** What is said of an entry that was stored. */
export const created = { create: { status: 201 } };
/** All of the request was stored. */
export const stored = ({ lines }: Bulk, response: ServerResponse): void => {
  json(response, 200, { errors: false, items: Array.from({ length: lines.length / 2 }, () => created) });
};
