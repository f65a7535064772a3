import { early } from '../prepare-process.ts';

/** A second signal to stop: the process ends at once. */
const EXIT_IN_HASTE = 1;

/** Listens to SIGTERM, SIGINT and SIGHUP from now on; `exit` ends the process at once, for a second signal to stop. */
export function takeSignals(exit: (code: number) => never) {
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) exit(EXIT_IN_HASTE);
    stopping.abort();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  let isEarly = early.isReloadWanted;
  let reload = (): void => {
    isEarly = true;
  };
  process.on('SIGHUP', () => {
    reload();
  });
  return {
    stop: stopping.signal,
    onReload: (action: () => void) => {
      reload = action;
      if (isEarly) action();
    },
  };
}
