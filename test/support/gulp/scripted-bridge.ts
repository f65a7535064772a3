import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a bridge answers with; a text goes as it is, anything else as JSON. */
export interface BridgeReply {
  readonly status?: number;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly location?: string;
}

/** A request as it came over the wire. */
export interface BridgeRequest {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  /** Names and values in turn, in their order and spelling. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** A bridge that does nothing but answer what it was told to. Use it with `await using`. */
export class ScriptedBridge implements AsyncDisposable {
  readonly requests: BridgeRequest[] = [];
  /** Decides what is answered; never answered is what it never resolves. */
  reply: (request: BridgeRequest) => BridgeReply | Promise<BridgeReply> = () => ({});
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((incoming, response) => void this.#serve(incoming, response));
  }

  static async start(): Promise<ScriptedBridge> {
    const bridge = new ScriptedBridge();
    bridge.#server.listen(0, '127.0.0.1');
    await once(bridge.#server, 'listening');
    return bridge;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = '', url: path = '', httpVersion, rawHeaders } = incoming;
    const body = Buffer.concat(chunks).toString();
    const request = { method, path, version: `HTTP/${httpVersion}`, rawHeaders, body };
    this.requests.push(request);
    const { status = 200, body: answer = {}, contentType = 'application/json', location } = await this.reply(request);
    response.writeHead(status, { 'content-type': contentType, ...(location !== undefined && { location }) });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }
}
