import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SenderContext } from '../sender.ts';
import { createHashLine } from './chain.ts';
import { Families } from './families.ts';
import { durationMs, type FileSenderOptions } from './file-options.ts';
import type { OutputOptions } from './output-file.ts';
import { findOwnership } from './ownership.ts';
import { Rotations } from './rotations.ts';
import { createRoute, type Route } from './route.ts';
import { Tidier } from './tidier.ts';

/** The options of a file sender, made ready for use. */
export interface Settings {
  readonly route: Route;
  /** Where its ledger lies. */
  readonly ledgerPath: string;
  readonly output: Omit<OutputOptions, 'isOurs' | 'counter'>;
  readonly maxOpenFiles: number;
}

const DEFAULT_OPEN_FILES = 2048;

/** Makes the options ready. Throws RetryableError when the owner or group is not known to the system. */
export async function readSettings(
  options: FileSenderOptions,
  { name, log }: Pick<SenderContext, 'name' | 'log'>,
): Promise<Settings> {
  const { rotate, hash_chain: chain } = options;
  const route = createRoute(options.file_output);
  const key = typeof chain === 'object' ? chain.key : undefined;
  return {
    route,
    ledgerPath: ledgerPathOf(route, options.file_output),
    maxOpenFiles: Math.min(options.max_open_files ?? DEFAULT_OPEN_FILES, await fairShare()),
    output: {
      ...(await findOwnership(options.owner, options.group)),
      root: route.root,
      hasPlaces: route.hasPlaces,
      isStrict: route.hasPlaces || rotate !== undefined,
      createsDirectories: options.create_directories,
      fileMode: parseInt(options.file_mode, 8),
      checked: new Set(),
      rotations: new Rotations(),
      unsynced: new Set(),
      directoryMode: parseInt(options.directory_mode ?? '0750', 8),
      maxBytes: rotate?.max_bytes,
      maxAgeMs: durationMs(rotate?.interval),
      hashLine: chain === undefined || chain === false ? undefined : createHashLine(key),
      isSynced: options.fsync !== 'never',
      log,
      sender: name,
    },
  };
}

/** What compresses and removes rotated files, if there are any. */
export function createTidier(options: FileSenderOptions, log: SenderContext['log']): Tidier | undefined {
  const { file_output: output, rotate, keep } = options;
  if (rotate === undefined && keep === undefined) return undefined;
  const { root } = createRoute(output);
  return new Tidier({
    compress: rotate?.compress ?? 'none',
    families: new Families(output, root),
    root,
    keep: { files: keep?.files, ageMs: durationMs(keep?.age), totalBytes: keep?.total_bytes },
    log,
  });
}

/** Half of the files that this process may have open: other senders, sockets and pipes need some, too. */
async function fairShare(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, limit] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return limit === undefined ? Infinity : Math.max(1, Number(limit) >> 1);
}

function ledgerPathOf({ path, root }: Route, output: string): string {
  if (path !== undefined) return join(dirname(path), `.${basename(path)}.undo`);
  return join(root, `.journalbridge-${hash('sha256', output).slice(0, 12)}.undo`);
}
