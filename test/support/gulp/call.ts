import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A request to the manager, read to its end. */
export interface Call {
  readonly method: string;
  readonly path: string;
  /** As it came, without the question mark. */
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** From the query, lower-cased and trimmed, or made up. */
  readonly requestId: string;
  /** When its last byte had come, as milliseconds of `performance.now()`. */
  readonly at: number;
}

/** Takes a request's parts together. */
export function toCall(method: string, target: string, headers: IncomingHttpHeaders, body: Buffer): Call {
  const [path, rawQuery] = splitOnce(target, '?');
  const query = new URLSearchParams(rawQuery);
  const requestId = query.get('req_id')?.trim().toLowerCase() ?? randomUUID();
  return { method, path, rawQuery, query, headers, body, requestId, at: performance.now() };
}

/** The session token of the request; validation has seen to it that there is one. */
export function tokenOf(call: Call): string {
  return String(call.headers['token'] ?? '');
}

/** A query parameter that names an object: the manager lower-cases and trims it. */
export function idOf(call: Call, name: string): string {
  return (call.query.get(name) ?? '').trim().toLowerCase();
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
