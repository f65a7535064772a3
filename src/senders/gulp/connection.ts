import { Pool } from 'undici';
import { NotConnectedError } from '../../errors.ts';
import { describeConnectionTrouble } from '../connection-trouble.ts';
import { readTls } from '../tls.ts';
import type { Answer } from './answer.ts';
import type { GulpOptions } from './options.ts';

/** A request to Gulp. */
export interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bytes?: { readonly type: string; readonly body: Buffer };
}

const CONNECTIONS = 16;
const TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Lists of tasks may be long; nothing else is. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The connections to one Gulp server. */
export class Connection {
  /** For messages. */
  readonly destination: string;
  private readonly options: GulpOptions;
  private readonly url: URL;
  private pool: Promise<Pool> | undefined;

  constructor(options: GulpOptions) {
    this.options = options;
    this.url = new URL(options.url_server);
    this.destination = `Gulp at ${this.url.origin}`;
  }

  /** Asks; any answer will do. Throws NotConnectedError when there is none, and anything when the signal aborts. */
  async ask(question: Question, token: string | undefined, signal: AbortSignal): Promise<Answer> {
    const pool = (this.pool ??= this.open());
    try {
      return await this.exchange(await pool, question, token, signal);
    } catch (error) {
      if (this.pool === pool) {
        this.pool = undefined; // certificates are read anew
        void pool.then((old) => old.close()).catch(() => undefined);
      }
      if (signal.aborted || error instanceof NotConnectedError) throw error;
      throw new NotConnectedError(`${this.destination}: ${describeConnectionTrouble(error)}`);
    }
  }

  async close(): Promise<void> {
    const { pool } = this;
    this.pool = undefined;
    await pool?.then((open) => open.destroy()).catch(() => undefined);
  }

  private async open(): Promise<Pool> {
    const tls = await readTls(this.options);
    return new Pool(this.url.origin, {
      connections: CONNECTIONS,
      connect: { ...tls, timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  }

  private async exchange(
    pool: Pool,
    { method, path, query = {}, json, bytes }: Question,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const search = new URLSearchParams(query).toString();
    const { statusCode, headers, body } = await pool.request({
      method,
      path: `${this.url.pathname.replace(/\/$/, '')}${path}${search === '' ? '' : `?${search}`}`,
      headers: {
        accept: 'application/json',
        'user-agent': 'journalbridge',
        ...(token !== undefined && { token }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(bytes && { 'content-type': bytes.type }),
      },
      body: bytes?.body ?? (json === undefined ? null : JSON.stringify(json)),
      signal,
    });
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of body as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > MAX_ANSWER_BYTES) throw new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`);
      pieces.push(piece);
    }
    return {
      status: statusCode,
      contentType: String(headers['content-type'] ?? ''),
      retryAfter: typeof headers['retry-after'] === 'string' ? headers['retry-after'] : undefined,
      body: parsed(Buffer.concat(pieces, length).toString()),
    };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // a page of a proxy, say
  }
}
