import type { HostContext, Narrowing } from '../host.ts';
import { fieldsOf } from './answer.ts';
import { normalId } from './document.ts';
import type { GulpOptions } from './options.ts';
import { ParameterError, readTask, type TaskParameters } from './task-parameters.ts';
import type { TaskRecord } from './task-record.ts';

/** What Gulp says of a task that it starts. */
export interface StartRequest {
  readonly bridge_id: string;
  readonly bridge_task_id: string;
  readonly operation_id: string;
  readonly plugin_params?: unknown;
}

/** Makes a record of a request, with its times and its boot found out. Throws ParameterError. */
export async function planTask(
  request: StartRequest,
  { allow_custom_selection: isWide }: GulpOptions,
  context: HostContext,
): Promise<TaskRecord> {
  const nowUs = Date.now() * 1000;
  const operation = normalId(request.operation_id);
  if (operation === '') throw new ParameterError('"operation_id" is blank');
  checkSize(request.plugin_params);
  const parameters = readTask(parametersIn(request.plugin_params), nowUs);
  if (!isWide) checkSelection(parameters, context.selection);
  const bootId = await bootIdOf(parameters, context);
  const isPast = parameters.boot !== undefined && parameters.boot !== 0;
  const until = parameters.untilUs ?? (isPast ? nowUs : undefined);
  const since = parameters.sinceUs ?? (await context.startOf(parameters.position));
  if (until !== undefined && since > Math.max(until, Date.now() * 1000))
    throw new ParameterError('"until" is before the time where "initial_position" begins');
  const now = new Date().toISOString();
  return {
    id: request.bridge_task_id,
    bridge_id: request.bridge_id,
    operation_id: operation,
    plugin_params: request.plugin_params ?? {},
    status: 'ongoing',
    error: '',
    since_us: since,
    ...(until !== undefined && { until_us: until }),
    ...(bootId !== undefined && { boot_id: bootId }),
    created: now,
    updated: now,
    reported: '',
  };
}

/** What the delivery of a task reads. */
export function narrowingOf(
  record: TaskRecord,
  { allow_custom_selection: isAllowed }: GulpOptions,
): { narrowing: Narrowing; isWide: boolean } {
  // It was read before, so it can be read again; the times stand in the record.
  const { units, identifiers, minPriority, matches, sinceUs } = readAgain(record);
  const isWide = isAllowed && (units !== undefined || minPriority !== undefined);
  return {
    isWide,
    narrowing: {
      units,
      identifiers,
      minPriority,
      matches,
      bootId: record.boot_id,
      sinceUs: sinceUs === undefined ? undefined : record.since_us,
      untilUs: record.until_us,
    },
  };
}

function readAgain(record: TaskRecord): TaskParameters {
  const { until: _, ...parameters } = fieldsOf(parametersIn(record.plugin_params));
  return readTask(parameters, Date.now() * 1000);
}

function parametersIn(pluginParams: unknown): unknown {
  return fieldsOf(pluginParams)['custom_parameters'];
}

/** They stand in the state file, which is written again and again. */
const MAX_PARAMETERS_LENGTH = 256 * 1024;

function checkSize(pluginParams: unknown): void {
  if (JSON.stringify(pluginParams ?? {}).length > MAX_PARAMETERS_LENGTH)
    throw new ParameterError(`"plugin_params" is larger than ${MAX_PARAMETERS_LENGTH / 1024} KiB`);
}

function checkSelection({ units, minPriority }: TaskParameters, own: HostContext['selection']): void {
  const foreign =
    units?.filter((unit) => !/[*?[\]]/.test(unit) && own.units.length > 0 && !own.units.includes(unit)) ?? [];
  if (foreign.length > 0)
    throw new ParameterError(
      '"units" names units that this host does not ship (units_to_match, allow_custom_selection)',
    );
  if (minPriority !== undefined && own.minPriority !== undefined && minPriority > own.minPriority)
    throw new ParameterError(
      `"min_priority" is beyond what this host ships, ${own.minPriority} (min_priority, allow_custom_selection)`,
    );
}

async function bootIdOf({ boot }: TaskParameters, context: HostContext): Promise<string | undefined> {
  if (boot === undefined || typeof boot === 'string') return boot;
  const id = await context.bootId(boot);
  if (id === undefined) throw new ParameterError('"boot" is a boot that the journal does not have');
  return id;
}
