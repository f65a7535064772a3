import { JournalbridgeError } from './errors.ts';

/** Something took longer than it was given. */
class LateError extends JournalbridgeError {
  readonly code = 'LATE';
}

/** Does it, but waits no longer than this, whatever it does with the signal. Throws LateError then. */
export async function within<T>(limitMs: number, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new LateError(`there was no answer within ${limitMs / 1000} s`));
    stopping.abort();
  }, limitMs);
  try {
    return await Promise.race([late.promise, action(stopping.signal)]);
  } finally {
    clearTimeout(timer);
  }
}
