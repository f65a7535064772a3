import { aborted } from '../backoff.ts';
import type { Log } from '../telemetry/log.ts';
import { hasGone } from './health.ts';
import type { Reader } from './reader.ts';

export interface DeliverAllOptions {
  /** Ends it at once. */
  readonly stop: AbortSignal;
  readonly log: Log;
  /** A sender that has got nowhere for so long is not waited for any more. */
  readonly patienceMs?: number;
}

/** Long enough for a destination that is started anew, short enough for a job that somebody or something waits for. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 250;

/** Waits until readers that do not follow have delivered all that was there, and no longer than there is hope. */
export async function deliverAll(readers: readonly Reader[], options: DeliverAllOptions): Promise<void> {
  const { stop, patienceMs = PATIENCE_MS } = options;
  const enough = new AbortController();
  const signal = AbortSignal.any([stop, enough.signal]);
  const timer = setInterval(() => {
    if (readers.every((reader) => reader.isDone || reader.stuckFor(patienceMs).length > 0)) enough.abort();
  }, LOOK_MS);
  await Promise.all(readers.map((reader) => deliver(reader, signal)));
  clearInterval(timer);
  if (!stop.aborted) tellOfStuck(readers, patienceMs, options.log);
}

async function deliver(reader: Reader, signal: AbortSignal): Promise<void> {
  await Promise.race([aborted(signal), reader.ended]);
  await reader.drain(signal);
}

function tellOfStuck(readers: readonly Reader[], patienceMs: number, log: Log): void {
  for (const reader of readers) {
    for (const { name, delivery } of reader.stuckFor(patienceMs)) {
      const why = hasGone(delivery.health)
        ? 'its destination has gone'
        : `nothing was accepted for ${patienceMs / 1000} s`;
      log.error(
        `${reader.name}.${name}: ${why}, so this run ends without it. The next one goes on from its checkpoint.`,
      );
    }
  }
}
