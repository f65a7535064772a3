import type { ServerResponse } from 'node:http';
import type { Call } from './call.ts';
import { failure, internalServerError, json } from './envelope.ts';
import type { Answer } from './envelope.ts';
import { Refusal } from './refusal.ts';

/**
 * What can go wrong before or behind the manager: a proxy's page of HTML, the bare text of the server below it, a
 * connection that is cut before or after the request did its work, one on which nothing ever comes, an answer that is cut
 * in the middle, a manager that asks for patience, and one that fails with an error body that echoes the request.
 */
export type Fault =
  | 'bad gateway'
  | 'plain error'
  | 'reset before'
  | 'reset after'
  | 'cut answer'
  | 'hang'
  | 'queue full'
  | 'throttled'
  | 'echoing error';

/** A fault that was ordered. Dispose it to end it. */
export interface OrderedFault extends Disposable {
  readonly path: string;
  readonly fault: Fault;
  /** How many requests it still strikes. */
  left: number;
}

/** Faults by path, struck in the order of their ordering. */
export class Faults {
  readonly #ordered = new Set<OrderedFault>();

  /** The next requests to the path meet the fault; `*` is every path. */
  order(path: string, fault: Fault, times = Infinity): OrderedFault {
    const ordered: OrderedFault = { path, fault, left: times, [Symbol.dispose]: () => this.#ordered.delete(ordered) };
    this.#ordered.add(ordered);
    return ordered;
  }

  /** The fault that this request meets, used up by it. */
  strike(path: string): Fault | undefined {
    const ordered = [...this.#ordered].find((one) => one.path === path || one.path === '*');
    if (!ordered) return undefined;
    ordered.left -= 1;
    if (ordered.left <= 0) this.#ordered.delete(ordered);
    return ordered.fault;
  }
}

/** What the fault answers, if it answers anything. */
export function answerOf(fault: Fault, call: Call): Answer | undefined {
  switch (fault) {
    case 'bad gateway': {
      const page = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\r\n';
      return { status: 502, contentType: 'text/html', body: page };
    }
    case 'plain error':
      return internalServerError;
    case 'queue full':
      return failure(call, new Refusal(503, 'task_queue_full', 'the task queue is full, retry_after_msec=1000'));
    case 'throttled':
      return throttled();
    case 'echoing error':
      return failure(
        call,
        new Refusal(500, 'OperationalError', `cannot serve ${call.rawQuery} ${call.body.toString()}`),
      );
    default:
      return undefined;
  }
}

/** The answer to a login that comes too soon; unlike all others it says how long to wait. */
function throttled(): Answer {
  const __error = { error: 'ip_throttle', scope: 'ip', limit: 5, window_sec: 60, retry_after_msec: 250 };
  return json(429, { status: 'error', timestamp_msec: Date.now(), data: { __error } });
}

/** Ends the connection without a farewell. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
