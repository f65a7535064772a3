import { until } from '../until.ts';

/** What came back, with its JSON if it is some. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** The envelope; undefined if it is none. */
  readonly json: Envelope | undefined;
}

/** What the manager wraps all its answers in. */
export interface Envelope {
  readonly status: string;
  readonly req_id?: string;
  readonly timestamp_msec: number;
  readonly data?: unknown;
}

/** A request for `ask`; a body that is no text goes as JSON. */
export interface Question {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Asks a manager in the plainest way there is. */
export async function ask(url: string, path: string, question: Question = {}): Promise<Reply> {
  const { method = 'POST', query = {}, token, headers = {}, body } = question;
  const isText = typeof body === 'string' || body === undefined;
  const response = await fetch(`${url}${path}?${new URLSearchParams(query).toString()}`, {
    method,
    headers: {
      ...(token !== undefined && { token }),
      ...(!isText && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const contentType = response.headers.get('content-type') ?? '';
  const json = contentType === 'application/json' ? (JSON.parse(text) as Envelope) : undefined;
  return { status: response.status, contentType, text, json };
}

/** Logs in; returns the token. */
export async function logIn(url: string, userId = 'admin', password = 'admin'): Promise<string> {
  const { json } = await ask(url, '/login', { body: { user_id: userId, password } });
  return (json?.data as { token: string }).token;
}

/** A body for /ingest_raw, for `ask`. A chunk that is no text goes as JSON. */
export function multipart(
  chunk: unknown,
  payload = '{"flt": {}, "plugin_params": {}}',
): Pick<Question, 'headers' | 'body'> {
  const lines = [
    '--XJBX\r\nContent-Disposition: form-data; name="payload"\r\nContent-Type: application/json\r\n\r\n',
    payload,
    '\r\n--XJBX\r\nContent-Disposition: form-data; name="f"; filename="chunk"\r\n',
    'Content-Type: application/octet-stream\r\n\r\n',
    typeof chunk === 'string' ? chunk : JSON.stringify(chunk),
    '\r\n--XJBX--\r\n',
  ];
  return { headers: { 'content-type': 'multipart/form-data; boundary=XJBX' }, body: lines.join('') };
}

/** A document with all that the manager insists on. */
export function documentOf(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const own = { 'gulp.context_id': 'host1', 'gulp.source_id': 'journalctl', 'event.original': 'one' };
  return { '@timestamp': '1763680000123456', ...own, ...fields };
}

/** Posts a chunk as the last one of its request; resolves with the row of the request once it is done. */
export async function ingest(url: string, { token, operation, requestId }: Target, chunk: unknown): Promise<Stats> {
  const query = { operation_id: operation, ws_id: 'none', req_id: requestId, last: 'true' };
  await ask(url, '/ingest_raw', { token, query, ...multipart(chunk) });
  return until(
    async () => {
      const { status, json } = await ask(url, '/request_get_by_id', {
        method: 'GET',
        token,
        query: { obj_id: requestId },
      });
      const data = json?.data as Stats;
      return status === 200 && data.status === 'done' && data;
    },
    { what: `the counters of ${requestId}` },
  );
}

/** Where a chunk goes to. */
export interface Target {
  readonly token: string;
  readonly operation: string;
  readonly requestId: string;
}

/** The row of a request, as far as tests look at it. */
export interface Stats {
  readonly status: string;
  readonly errors: readonly string[];
  readonly data: Readonly<
    Record<'records_failed' | 'records_skipped' | 'records_ingested' | 'records_processed', number>
  > & {
    readonly sources: readonly (readonly string[])[];
  };
}
