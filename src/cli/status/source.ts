import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseConfig } from '../../config/load.ts';
import { readConfigText } from '../../config/read-text.ts';
import type { Config } from '../../config/schema.ts';
import { ConfigError, messageOf, StateError, systemCodeOf } from '../../errors.ts';
import { checkedText } from '../../state/checksum.ts';
import { parseStored } from '../../state/stored.ts';

/** Where a status is read from. */
export interface StatusSource {
  readonly statePath: string;
  /** Undefined: the state file was named itself. */
  readonly config: Config | undefined;
}

/** Finds out what was named: a state file, or a config that names one. Throws ConfigError. */
export async function findStatusSource(path: string): Promise<StatusSource> {
  const text = await readConfigText(path);
  if (isState(text)) return { statePath: path, config: undefined };
  const { config } = await parseConfig(path, text);
  const { json_state_file_path: statePath } = config;
  // In full, as it depends on where one stands: a daemon may stand elsewhere.
  if (statePath !== undefined) return { statePath: resolve(statePath), config };
  const message = 'it is missing, so there is no state file that could be shown';
  throw new ConfigError([{ path: 'json_state_file_path', message }]);
}

/** What the state file holds; undefined when it is not there. Throws StateError when it cannot be used. */
export async function readState(path: string): Promise<unknown> {
  try {
    const text = checkedText(await readFile(path));
    parseStored(text);
    return JSON.parse(text) as unknown;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT') return undefined;
    throw new StateError(`the state file ${path} cannot be used: ${messageOf(error)}${remedyFor(code)}`, {
      cause: error,
    });
  }
}

/** Ours and journalpump's both tell when the process started; a config has no such key. */
function isState(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'start_time');
  } catch {
    // A config may have comments, or faults that its own check tells better.
    return false;
  }
}

function remedyFor(code: string | undefined): string {
  if (code === 'EACCES' || code === 'EPERM') return '; ask as the user that runs journalbridge, or as root';
  return code === undefined ? '; put back a good copy, or move it away to let every sender begin anew' : '';
}
