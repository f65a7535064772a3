import { messageOf } from '../../errors.ts';
import { maskQuotes, withoutPreview } from './reason.ts';

/** What went wrong with a request as a whole; tells who has to do something. */
export type FailureKind =
  /** The connection, or what is at its other end, is not as it should be. */
  | 'gone'
  /** It does not know us, or does not let us. */
  | 'denied'
  /** It wants to be left alone for a while. */
  | 'busy'
  /** The body is too large for it. */
  | 'too large'
  /** It understood, and will not do it as things are. */
  | 'refused';

/** A request that was not answered as it should be. The message is a phrase without payloads and secrets. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    about: ErrorOptions & { status?: number; retryAfterMs?: number } = {},
  ) {
    super(message, about);
    this.kind = kind;
    this.status = about.status;
    this.retryAfterMs = about.retryAfterMs;
  }

  /** An entry of the request may be what the server does not take, or all of how we ask. */
  get isAboutContent(): boolean {
    return this.kind === 'refused' && (this.status === 400 || this.status === 422);
  }
}

/** An answer with a status that is no success: what the failure is made of. */
export class AnswerError extends Error {
  readonly statusCode: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;

  constructor(answer: { statusCode: number; body: unknown; headers: Readonly<Record<string, unknown>> }) {
    super(`status ${answer.statusCode}`);
    this.statusCode = answer.statusCode;
    this.body = answer.body;
    this.headers = answer.headers;
  }
}

const MAX_RETRY_AFTER_MS = 5 * 60_000;
const MAX_REASON_LENGTH = 300;
/** Types of error whose status says something else. */
const BLOCKS = ['cluster_block_exception'];

/** Reads what the client threw; throws it on when the signal has fired. */
export function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (error instanceof Failure) return error;
  signal.throwIfAborted();
  if (isAnswer(error)) return failureOfAnswer(error);
  if (error instanceof Error && error.name === 'DeserializationError')
    return new Failure('gone', 'its answer is broken JSON; is it behind a proxy?');
  // Without the cause: the client's errors hold the request.
  return new Failure('gone', messageOf(error));
}

function isAnswer(error: unknown): error is Pick<AnswerError, 'statusCode' | 'body' | 'headers'> {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

function failureOfAnswer({ statusCode: status, body, headers }: Pick<AnswerError, 'statusCode' | 'body' | 'headers'>) {
  const { type, reason } = errorIn(body);
  const told = `${status}${type === '' ? '' : ` ${type}`}${reason === '' ? '' : `: ${shortened(reason)}`}`;
  if (status < 400) return new Failure('gone', redirectOf(status, headers['location']), { status });
  if (status === 413) return new Failure('too large', 'the request is too large for it (413)', { status });
  if (status === 401)
    return new Failure('denied', `it does not accept our login (${told}); check user and password, or "api_key"`, {
      status,
    });
  if (status === 403 && !BLOCKS.includes(type))
    return new Failure('denied', `it does not allow this (${told}); the user or key lacks a privilege`, { status });
  if (status === 429 || status === 503) {
    const retryAfterMs = retryAfterOf(headers['retry-after']);
    const about = { status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    return new Failure('busy', `it cannot take more at present (${told})`, about);
  }
  if (status >= 500 || (type === '' && isPage(headers['content-type'])))
    return new Failure('gone', `it answered ${told}${pageOf(headers['content-type'])}`, { status });
  return new Failure('refused', `it answered ${told}`, { status });
}

/** Where a redirect leads, without what may be secret in it. It is not followed: our login is for the address given. */
function redirectOf(status: number, location: unknown): string {
  const target = typeof location === 'string' && URL.canParse(location) ? new URL(location) : undefined;
  const place = target === undefined ? '' : ` to ${target.origin}${target.pathname}`;
  return `it redirects us${place} (${status}), which is not followed; give the address that answers itself`;
}

function isPage(contentType: unknown): boolean {
  return typeof contentType === 'string' && !contentType.includes('json');
}

function pageOf(contentType: unknown): string {
  return isPage(contentType)
    ? ` with ${(contentType as string).split(';')[0]!.slice(0, 40)}; is it behind a proxy?`
    : '';
}

/** `{error: {type, reason}}` of a body, empty where there is none. */
function errorIn(body: unknown): { type: string; reason: string } {
  const error = (body as { error?: unknown } | null | undefined)?.error;
  if (typeof error !== 'object' || error === null) return { type: '', reason: '' };
  const { type, reason } = error as { type?: unknown; reason?: unknown };
  return { type: typeof type === 'string' ? type : '', reason: typeof reason === 'string' ? reason : '' };
}

function shortened(reason: string): string {
  const masked = maskQuotes(withoutPreview(reason)).replace(/\s+/g, ' ');
  return masked.length > MAX_REASON_LENGTH ? `${masked.slice(0, MAX_REASON_LENGTH)}…` : masked;
}

/** Seconds or a date; bounded, as a wrong clock must not stop us for days. */
function retryAfterOf(header: unknown): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
