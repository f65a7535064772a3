import { errors, UndiciConnection } from '@elastic/transport';
import type {
  ConnectionRequestOptions,
  ConnectionRequestOptionsAsStream,
  ConnectionRequestParams,
  ConnectionRequestResponse,
  ConnectionRequestResponseAsStream,
} from '@elastic/transport/lib/connection/index.js';
import { describeConnectionTrouble } from '../connection-trouble.ts';

/** No answer to what we ask is larger: only the statuses of a bulk request are asked for. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const REDACTION = { type: 'remove' } as const;
const TIMEOUT_CODES = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];

/**
 * A connection that tells why it failed, and whose timeout covers all of a request: the client's own leaves the cause
 * out, waits for a body without end, and fires a timeout by aborting the signal that it was given.
 */
export class ExplainedConnection extends UndiciConnection {
  override request(
    params: ConnectionRequestParams,
    options: ConnectionRequestOptions,
  ): Promise<ConnectionRequestResponse>;
  override request(
    params: ConnectionRequestParams,
    options: ConnectionRequestOptionsAsStream,
  ): Promise<ConnectionRequestResponseAsStream>;
  override async request(params: ConnectionRequestParams, options: ConnectionRequestOptions): Promise<never> {
    const timeoutMs = options.timeout ?? this.timeout ?? 60_000;
    const given = options.signal ?? new AbortController().signal;
    using deadline = new Deadline(timeoutMs, given);
    try {
      return (await this.exchange(params, deadline.signal)) as never;
    } catch (error) {
      if (given.aborted)
        throw new errors.RequestAbortedError('aborted', undefined, { redaction: REDACTION, cause: error });
      if (deadline.isOver || TIMEOUT_CODES.includes(codeOf(error)))
        throw new errors.TimeoutError(`it gave no answer within ${timeoutMs / 1000} s`);
      throw new errors.ConnectionError(describeConnectionTrouble(error), undefined, {
        redaction: REDACTION,
        cause: error,
      });
    }
  }

  private async exchange(params: ConnectionRequestParams, signal: AbortSignal): Promise<ConnectionRequestResponse> {
    const { method, path, querystring = '', headers, body } = params;
    const { statusCode, ...answer } = await this.pool.request({
      method: method,
      path: `${this.url.pathname.replace(/\/$/, '')}${path}${querystring === '' ? '' : `?${querystring}`}`,
      headers: { ...this.headers, ...headers } as Record<string, string>,
      body: body as Buffer | string | null,
      signal,
    });
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > MAX_ANSWER_BYTES) throw new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`);
      pieces.push(piece);
    }
    const bytes = Buffer.concat(pieces, length);
    const isPlain = answer.headers['content-encoding'] === undefined;
    return { statusCode, headers: answer.headers, body: isPlain ? bytes.toString() : bytes };
  }
}

/** A signal that fires when another one does, or when the time is over; leaves nothing behind when it is disposed of. */
class Deadline implements Disposable {
  isOver = false;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly given: AbortSignal;
  private readonly abort = (): void => {
    this.controller.abort();
  };

  constructor(ms: number, given: AbortSignal) {
    this.given = given;
    this.timer = setTimeout(() => {
      this.isOver = true;
      this.abort();
    }, ms);
    if (given.aborted) this.abort();
    given.addEventListener('abort', this.abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    this.given.removeEventListener('abort', this.abort);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
