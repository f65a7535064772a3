import type { Schema } from './dialect.ts';
import { configOption } from './schema.ts';
import { childOf, declared } from './walk.ts';

/** Where a key that stands in the wrong object would be right: `in a reader`; undefined when it is right nowhere. */
export function placeOf(key: string): string | undefined {
  const reader = childOf(childOf(configOption, 'readers'), 'NAME');
  const { open, closed = {} } = childOf(childOf(reader, 'senders'), 'NAME')?.variants ?? {};
  const kind = Object.keys(closed).find((name) => isLive(closed[name], key));
  if (isLive(configOption, key)) return 'at the top level';
  if (isLive(reader, key)) return 'in a reader';
  if (isLive(open, key)) return 'in a sender';
  return kind === undefined ? undefined : `in a sender of the type "${kind}"`;
}

function isLive(object: Schema | undefined, key: string): boolean {
  const option = declared(object?.properties, key);
  return option !== undefined && option.ignored === undefined;
}
