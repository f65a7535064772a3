import type { Call } from './call.ts';
import type { Refusal } from './refusal.ts';
import { isObject } from './validation.ts';

/** What goes back over the wire. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The JSend envelope around the data of a success. */
export function success(call: Call, data: unknown): Answer {
  return json(200, { status: 'success', timestamp_msec: Date.now(), req_id: call.requestId, data });
}

/** The answer to what is only queued: no data, and no promise that anything comes of it. */
export function pending(call: Call): Answer {
  return json(200, { status: 'pending', timestamp_msec: Date.now(), req_id: call.requestId });
}

/** The error body. It echoes headers, query and body of the request, and with them session token, bridge token, password. */
export function failure(call: Call, { status, exception, message, hasRequestId }: Refusal): Answer {
  const request = {
    path: call.path,
    method: call.method,
    query: call.rawQuery,
    headers: call.headers,
    body: echo(call.body).slice(0, 1024),
  };
  return json(status, {
    status: 'error',
    ...(hasRequestId && { req_id: call.requestId }),
    timestamp_msec: Date.now(),
    data: { request, __error: { name: exception, msg: message.slice(0, 1024) } },
  });
}

/** What the server below the manager says when the manager lets an exception through. */
export const internalServerError: Answer = {
  status: 500,
  contentType: 'text/plain; charset=utf-8',
  body: 'Internal Server Error',
};

/** Numbers of 64 bits are written as numbers, as the manager does. */
export function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json', body: stringify(value) };
}

/** Node knows `rawJSON`; the library of types does not yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

function stringify(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? rawJSON(String(inner)) : inner));
}

/** A body of JSON is echoed with an indent, any other as it came. */
function echo(body: Buffer): string {
  const text = body.toString();
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) || Array.isArray(parsed) ? JSON.stringify(parsed, undefined, 2) : text;
  } catch {
    return text;
  }
}
