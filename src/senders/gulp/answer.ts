import { AuthenticationError, NotConnectedError, RetryableError } from '../../errors.ts';

/** What Gulp answered to a request. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  /** Undefined when it is no JSON. */
  readonly body: unknown;
}

/** What a refusal is about. Nothing of the answer's own text is kept: it echoes tokens and passwords. */
export type RefusalKind =
  | 'session'
  | 'operation'
  | 'task'
  | 'bridge'
  | 'request'
  | 'permission'
  | 'exists'
  | 'busy'
  | 'too large'
  | 'login'
  | 'broken'
  | 'other';

/** Gulp said no. The message is a phrase without payloads and secrets. */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(kind: RefusalKind, message: string, status: number, retryAfterMs?: number) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The class names of Gulp's errors: what stands there else is not repeated. */
const ERROR_NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/** Reads an answer that is no success. */
export function refusalOf(answer: Answer): Refusal {
  const { status } = answer;
  const error = errorIn(answer.body);
  const name = ERROR_NAME.test(error.name) ? error.name : '';
  const told = `${status}${name === '' ? '' : ` ${name}`}`;
  const kind = kindOf(status, name, error.message);
  if (kind === 'broken' || (kind === 'other' && status >= 500 && name === ''))
    return new Refusal('broken', `it answered ${told}${pageOf(answer)}`, status);
  if (kind === 'too large')
    return new Refusal(kind, `it, or a proxy before it, answered ${told}: the request is too large`, status);
  if (kind === 'busy')
    return new Refusal(
      'busy',
      `it cannot take more at present (${told})`,
      status,
      retryAfterOf(answer, error.retryAfterMs),
    );
  return new Refusal(kind, MEANINGS[kind]?.replace('%', told) ?? `it answered ${told}`, status);
}

const MEANINGS: Partial<Record<RefusalKind, string>> = {
  session: 'it does not know our session any more (%)',
  operation: 'the operation is not there any more (%)',
  task: 'the task is not there any more (%)',
  bridge: 'the bridge is not registered any more (%)',
  permission: 'the user lacks the permission "ingest", or is not granted on the operation (%)',
  login: 'it does not accept our login (%); check "user_id" and "password"',
};

/** The delivery's word for why something failed. */
export function deliveryErrorOf(error: unknown, destination: string, signal: AbortSignal): unknown {
  if (!(error instanceof Refusal) || signal.aborted) return error;
  const { kind, message, retryAfterMs } = error;
  const text = `${destination}: ${message}`;
  const about = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (kind === 'permission' || kind === 'login' || kind === 'operation') return new AuthenticationError(text);
  return kind === 'busy' || kind === 'other' ? new RetryableError(text, about) : new NotConnectedError(text);
}

function kindOf(status: number, name: string, message: string): RefusalKind {
  if (status === 413) return 'too large';
  if (status === 429 || status === 503) return 'busy';
  if (name === 'WrongUsernameOrPassword' || message.startsWith('GulpUser with id')) return 'login';
  if (name === 'MissingPermission' || status === 403) return 'permission';
  if (status === 401 || (status === 404 && message.startsWith('GulpUserSession'))) return 'session';
  if (status === 404) {
    if (message.startsWith('GulpOperation')) return 'operation';
    if (message.startsWith('GulpBridgeTask')) return 'task';
    if (message.startsWith('GulpBridge')) return 'bridge';
    if (message.startsWith('GulpRequestStats')) return 'request';
  }
  if (name === 'IntegrityError' || status === 409) return 'exists';
  return name === '' ? 'broken' : 'other';
}

function errorIn(body: unknown): { name: string; message: string; retryAfterMs: number | undefined } {
  const { name, msg, retry_after_msec: retryAfter } = fieldsOf(fieldsOf(fieldsOf(body)['data'])['__error']);
  return {
    name: typeof name === 'string' ? name : '',
    message: typeof msg === 'string' ? msg : '',
    retryAfterMs: typeof retryAfter === 'number' ? retryAfter : undefined,
  };
}

/** The keys of an object; of anything else none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function pageOf({ contentType }: Answer): string {
  const [type = ''] = contentType.split(';');
  return type === '' || type.includes('json') ? '' : ` with ${type.trim().slice(0, 40)}; is it behind a proxy?`;
}

function retryAfterOf({ retryAfter }: Answer, ownMs: number | undefined): number | undefined {
  const ms = ownMs ?? (retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined);
  return ms === undefined ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
