import { stat } from 'node:fs/promises';
import type { ConfigFault } from '../errors.ts';
import { targetPath } from '../target-path.ts';
import type { Schema } from './dialect.ts';
import { faultAt } from './faults.ts';
import { commonPath, literal, parsePath } from './path-pattern.ts';
import { declared, isEnabled, walk } from './walk.ts';

/** Finds enabled options that would write to one file, also through symbolic and hard links, or through places. */
export async function findSharedFiles(schema: Schema, config: unknown): Promise<ConfigFault[]> {
  const found = await lookForShared(schema, config);
  // A state file that is replaced meanwhile leaves its inode to whoever makes a file next: what is so is seen twice.
  return found.length === 0 ? found : lookForShared(schema, config);
}

async function lookForShared(schema: Schema, config: unknown): Promise<ConfigFault[]> {
  const before: Known[] = [];
  const faults: ConfigFault[] = [];
  for (const written of writtenFiles(schema, config)) {
    const known = await know(written);
    if (known === undefined) continue;
    const clash = firstClash(before, known);
    if (clash === undefined) before.push(known);
    else faults.push(faultAt(written.path, clash));
  }
  return faults;
}

interface WrittenFile {
  readonly path: readonly string[];
  readonly file: string;
  /** Places in it are filled in for each entry. */
  readonly hasPlaces: boolean;
}

/** An option and where it writes. */
interface Known {
  readonly path: readonly string[];
  /** What all paths of its one file have in common; undefined where it has many files. */
  readonly identity: string | undefined;
  readonly steps: ReturnType<typeof literal>;
}

function firstClash(before: readonly Known[], known: Known): string | undefined {
  for (const other of before) {
    const owner = faultAt(other.path, '').path;
    if (known.identity !== undefined && other.identity !== undefined) {
      if (known.identity === other.identity) return `writes the same file as ${owner}; each needs its own`;
      continue;
    }
    const common = commonPath(other.steps, known.steps);
    if (common === undefined) continue;
    return isSame(other, known)
      ? `writes the same files as ${owner}; each needs its own`
      : `can write the same file as ${owner}, such as ${common}; give each a directory, or a fixed part of the name, of its own`;
  }
  return undefined;
}

function isSame(one: Known, other: Known): boolean {
  return JSON.stringify(one.steps) === JSON.stringify(other.steps);
}

function writtenFiles(schema: Schema, config: unknown): WrittenFile[] {
  const files: WrittenFile[] = [];
  walk(schema, config, ({ path, value, keys }) => {
    if (!isEnabled(value)) return false;
    for (const [key, file] of Object.entries(value)) {
      const writes = declared(keys, key)?.writes;
      if (writes === undefined || typeof file !== 'string' || file.includes('\0')) continue;
      files.push({ path: [...path, key], file, hasPlaces: writes === 'templates' });
      // The state is written to a file beside it first, which then takes its place; another one is its lock.
      if (key === 'json_state_file_path') {
        for (const end of ['tmp', 'lock'])
          files.push({ path: [...path, key], file: `${file}.${end}`, hasPlaces: false });
      }
    }
    return true;
  });
  return files;
}

/** Undefined for a device, which many may write to, and for a template that cannot be read, which is told as such. */
async function know({ path, file, hasPlaces }: WrittenFile): Promise<Known | undefined> {
  const pattern = hasPlaces ? parsePath(file) : undefined;
  if (hasPlaces && pattern === undefined) return undefined;
  if (pattern?.isPlain === false) {
    return { path, identity: undefined, steps: [...pattern.stepsBelow(await targetPath(pattern.root))] };
  }
  const plain = pattern?.root ?? file;
  const target = await targetPath(plain);
  const found = await stat(plain, { bigint: true }).catch(() => undefined);
  if (found?.isCharacterDevice() === true) return undefined;
  // Not there yet, or not to be seen: then the path must do.
  const identity = found === undefined ? target : `${found.dev}:${found.ino}`;
  return { path, identity, steps: literal(target) };
}
