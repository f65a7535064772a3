import { readFile } from 'node:fs/promises';
import { findHolder } from '../../state/lock.ts';
import type { Loose } from './loose.ts';

/** What became of the process that wrote a state file. */
export interface DaemonStatus {
  /** `unknown`: the file does not tell who wrote it, as journalpump's; `absent`: there is no file yet. */
  readonly state: 'running' | 'stopped' | 'dead' | 'unknown' | 'absent';
  readonly pid: number | null;
  readonly version: string | null;
  readonly start_time: string | null;
  readonly updated_at: string | null;
  readonly stopped_at: string | null;
}

/** Another process may have got the PID; it has begun later than ours, of which the clock may be off by so much. */
const CLOCK_SLACK_MS = 60_000;
const TICKS_PER_SECOND = 100;

/** Looks for the process that wrote this state. */
export async function findDaemon(root: Loose, statePath: string): Promise<DaemonStatus> {
  const pid = root.number('pid');
  const startTime = utc(root.text('start_time'));
  const told = {
    version: root.text('version'),
    start_time: startTime,
    updated_at: root.text('updated_at'),
    stopped_at: root.text('stopped_at'),
  };
  const found = (state: DaemonStatus['state'], who = pid): DaemonStatus => ({ state, pid: who, ...told });
  if (pid !== null && told.stopped_at === null && (await isAlive(pid, startTime))) return found('running');
  // Beyond a container's border the PID tells nothing, but the lock does.
  const holder = await findHolder(statePath).catch(() => undefined);
  if (holder !== undefined) return found('running', holder.pid ?? pid);
  if (told.stopped_at !== null) return found('stopped');
  return found(pid === null ? 'unknown' : 'dead');
}

async function isAlive(pid: number, startTime: string | null): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    const [own, system] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/stat', 'utf8')]);
    // Behind the name, which may contain anything: state, …, and as the 20th the start in ticks since the boot.
    const fields = own.slice(own.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return false;
    const bootSeconds = Number(/^btime (\d+)$/m.exec(system)?.[1]);
    const beganMs = (bootSeconds + Number(fields[19]) / TICKS_PER_SECOND) * 1000;
    const toldMs = Date.parse(startTime ?? '');
    return !(beganMs > toldMs + CLOCK_SLACK_MS);
  } catch {
    // There is no such process, or none that may be seen.
    return false;
  }
}

/** Journalpump's form of a time lacks the zone. */
function utc(time: string | null): string | null {
  return time !== null && /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(time) ? `${time}Z` : time;
}
