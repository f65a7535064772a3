import { readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { ConfigFault } from '../errors.ts';
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
        // The state is written to a file beside it first, which then takes its place.
        if (key === 'json_state_file_path') files.push({ path: [...path, key], file: `${file}.tmp` });
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
  if (!found) return targetOf(resolve(file));
  return found.isCharacterDevice() ? undefined : `${found.dev}:${found.ino}`;
}

/** The absolute path that a file would be created at, its symbolic links followed as far as they lead. */
async function targetOf(file: string, hops = 40): Promise<string> {
  const folder = dirname(file);
  if (folder === file || hops === 0) return file;
  const real = await realpath(folder).catch(() => targetOf(folder, hops - 1));
  const path = join(real, basename(file));
  const link = await readlink(path).catch(() => undefined);
  return link === undefined ? path : targetOf(resolve(real, link), hops - 1);
}
