import { ownVersion } from '../../version.ts';
import type { TaskView } from './tasks.ts';

/** What /health_check answers, in the words of Gulp's example bridge as far as it has them. */
export function healthOf(views: readonly TaskView[]): object {
  return {
    status: 'ready',
    version: ownVersion(),
    active_tasks_count: views.filter(({ isRunning }) => isRunning).length,
    tasks: views.map(({ record, standing }) => ({
      id: record.id,
      bridge_id: record.bridge_id,
      operation_id: record.operation_id,
      status: record.status,
      error: record.error,
      sent: standing?.sent ?? null,
      sent_bytes: standing?.sentBytes ?? null,
      dead_letters: standing?.deadLetters ?? null,
      last_entry: standing?.time ?? null,
      lag_seconds: standing?.lagSeconds ?? null,
      lag_entries: standing?.lagEntries ?? null,
      last_error: standing?.lastError ?? null,
    })),
  };
}
