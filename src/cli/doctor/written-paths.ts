import { dirname, resolve } from 'node:path';
import { createRoute } from '../../senders/file/route.ts';
import { enabledSenders, type Facts } from './facts.ts';

/** A directory that journalbridge writes into. */
export interface WrittenPlace {
  /** What for: a sender's name, or `state`. */
  readonly owner: string;
  readonly directory: string;
}

/** The directories that a config has written: of the state and its dead letters, and of each file sender. */
export function writtenPlaces({ config }: Facts): WrittenPlace[] {
  const state = config?.json_state_file_path;
  const files = enabledSenders(config).flatMap(({ name, part: { options } }) => {
    const { file_output: output } = options as { file_output?: unknown };
    return typeof output === 'string' ? [{ owner: name, directory: resolve(createRoute(output).root) }] : [];
  });
  return [...(state === undefined ? [] : [{ owner: 'state', directory: dirname(resolve(state)) }]), ...files];
}
