import { fieldsOf } from './answer.ts';

/** Where a task stands. `stopping`: Gulp has stopped it, and what was read is being sent. */
export type TaskStatus = 'ongoing' | 'stopping' | 'stopped' | 'failed' | 'done';

/** A task as the state file keeps it. */
export interface TaskRecord {
  readonly id: string;
  readonly bridge_id: string;
  readonly operation_id: string;
  /** As Gulp sent them. */
  readonly plugin_params: unknown;
  /** It stands in our config, and Gulp does not know it. */
  readonly is_static?: true;
  status: TaskStatus;
  /** Why it has failed; empty otherwise. */
  error: string;
  /** Where it begins without a checkpoint, and ends, in µs since 1970. */
  since_us: number;
  until_us?: number;
  boot_id?: string;
  /** ISO texts. */
  created: string;
  updated: string;
  /** Gulp shows this status, as far as we know. */
  reported: string;
}

/** Who we are to Gulp. */
export interface Registration {
  readonly bridge_id: string;
  readonly name: string;
  readonly url: string;
  readonly server: string;
  /** The token itself is kept by nobody but Gulp. */
  readonly token_sha256: string;
}

/** What a `gulp` sender keeps in the state file. */
export interface Kept {
  registration?: Registration | undefined;
  tasks: Record<string, TaskRecord>;
}

const STATUSES: readonly unknown[] = ['ongoing', 'stopping', 'stopped', 'failed', 'done'] satisfies TaskStatus[];

/** Reads what was kept; what cannot be used is left out. */
export function readKept(value: unknown): Kept {
  const { registration, tasks } = fieldsOf(value);
  const found = Object.entries(fieldsOf(tasks)).filter(([, task]) => isRecord(task)) as [string, TaskRecord][];
  return { ...(isRegistration(registration) && { registration }), tasks: Object.fromEntries(found) };
}

function isRecord(value: unknown): value is TaskRecord {
  const task = fieldsOf(value);
  const isWhole = ['id', 'bridge_id', 'operation_id', 'error', 'created', 'updated'].every(
    (key) => typeof task[key] === 'string',
  );
  const end = task['until_us'];
  return isWhole && STATUSES.includes(task['status']) && isTime(task['since_us']) && (end === undefined || isTime(end));
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isRegistration(value: unknown): value is Registration {
  const registration = fieldsOf(value);
  const keys = ['bridge_id', 'name', 'url', 'server', 'token_sha256'];
  return keys.every((key) => typeof registration[key] === 'string');
}
