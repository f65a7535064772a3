import { stat } from 'node:fs/promises';
import type { ConfigFault } from '../errors.ts';
import { targetPath } from '../target-path.ts';
import type { Schema } from './dialect.ts';
import { faultAt } from './faults.ts';
import { declared, isEnabled, walk } from './walk.ts';

/** Finds enabled options that would write to one file, also through symbolic and hard links. */
export async function findSharedFiles(schema: Schema, config: unknown): Promise<ConfigFault[]> {
  const owners = new Map<string, readonly string[]>();
  const faults: ConfigFault[] = [];
  for (const { path, file } of writtenFiles(schema, config)) {
    const identity = await identityOf(file);
    const owner = identity === undefined ? undefined : owners.get(identity);
    if (owner) faults.push(faultAt(path, `writes the same file as ${faultAt(owner, '').path}; each needs its own`));
    else if (identity !== undefined) owners.set(identity, path);
  }
  return faults;
}

interface WrittenFile {
  readonly path: readonly string[];
  readonly file: string;
}

function writtenFiles(schema: Schema, config: unknown): WrittenFile[] {
  const files: WrittenFile[] = [];
  walk(schema, config, ({ path, value, keys }) => {
    if (!isEnabled(value)) return false;
    for (const [key, file] of Object.entries(value)) {
      if (declared(keys, key)?.writes && typeof file === 'string' && !file.includes('\0')) {
        files.push({ path: [...path, key], file });
        // The state is written to a file beside it first, which then takes its place; another one is its lock.
        if (key === 'json_state_file_path') {
          for (const end of ['tmp', 'lock']) files.push({ path: [...path, key], file: `${file}.${end}` });
        }
      }
    }
    return true;
  });
  return files;
}

/** What all paths of one file have in common; undefined for a device, which many may write to. */
async function identityOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  // Not there yet, or not to be seen: then the path must do.
  if (!found) return targetPath(file);
  return found.isCharacterDevice() ? undefined : `${found.dev}:${found.ino}`;
}
