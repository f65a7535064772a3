import { createHash } from 'node:crypto';
import type { GulpOptions } from './options.ts';

type StaticTask = GulpOptions['tasks'][number];

/** What a task of the config is to bring, wherever in it that stands; what stands in the task itself goes before. */
export function customParametersOf({
  operation_id: _,
  custom_parameters: inner,
  ...own
}: StaticTask): Readonly<Record<string, unknown>> {
  const given = Object.entries(own).filter(([, value]) => value !== undefined && value !== null);
  return { ...inner, ...Object.fromEntries(given) };
}

/** The id of a task of the config: the same as long as it is the same. */
export function staticId(task: StaticTask): string {
  return `static-${createHash('sha1').update(JSON.stringify(task)).digest('hex').slice(0, 16)}`;
}
