import { aborted } from '../../backoff.ts';
import { leaveAtOnce } from '../../leave.ts';
import type { Log } from '../../telemetry/log.ts';

/** What a stop may take beyond `shutdown_timeout`. */
export const CLOSING_MS = 5000;

const EXIT_LATE = 1;

/** Once a stop is asked for, the process ends within this time, whatever hangs: a state file on a dead disk, say. */
export async function endInTime(stop: AbortSignal, limitMs: () => number, log: Log): Promise<void> {
  await aborted(stop);
  const ms = limitMs();
  setTimeout(() => {
    log.error(
      `stopping has taken ${ms / 1000} s and hangs, at a disk that does not answer perhaps: ending now. What was not acknowledged will be sent again.`,
    );
    leaveAtOnce(EXIT_LATE);
    process.kill(process.pid, 'SIGKILL');
  }, ms).unref();
}
