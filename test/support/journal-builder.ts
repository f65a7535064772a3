import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { encodeExport } from './export-stream.ts';
import type { EntrySpec } from './export-stream.ts';

/** What was built: the number of entries, their size in export format and how long it took. */
export interface BuiltJournal {
  readonly directory: string;
  readonly count: number;
  readonly exportBytes: number;
  readonly seconds: number;
}

export interface BuildOptions {
  /** Leave out what journalctl before systemd 252 cannot read (compact files) and what a build may lack (compression). */
  readonly portable?: boolean;
}

const journalRemote = '/lib/systemd/systemd-journal-remote';
const pieceBytes = 1 << 20;

/**
 * Puts the entries into real journal files below `directory` (made if missing), to be read with `journalctl -D`:
 * a journal of more than some 50,000 entries consists of several files. Entries are taken one at a time.
 */
export async function buildJournal(
  directory: string,
  entries: Iterable<EntrySpec>,
  { portable = false }: BuildOptions = {},
): Promise<BuiltJournal> {
  const start = performance.now();
  await mkdir(directory, { recursive: true });
  const remote = spawn(
    journalRemote,
    [`--output=${join(directory, 'system.journal')}`, '--split-mode=none', ...(portable ? ['--compress=no'] : []), '-'],
    {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { ...process.env, ...(portable && { SYSTEMD_JOURNAL_COMPACT: '0' }) },
    },
  );
  const complaints = text(remote.stderr);
  const closed = once(remote, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const total = { count: 0, exportBytes: 0 };
  // A remote that dies early is told of by its exit code and stderr, not by the pipe that it breaks.
  const fed = pipeline(pieces(entries, total), remote.stdin).catch((error: unknown) => error);
  const [[code, signal], stderr, failure] = await Promise.all([closed, complaints, fed]);
  if (code !== 0) throw new Error(`systemd-journal-remote ended with ${code ?? signal ?? '?'}: ${stderr}`);
  if (failure !== undefined) throw new Error('the entries could not be made or written', { cause: failure });
  return { directory, ...total, seconds: (performance.now() - start) / 1000 };
}

/** The entries in export format in pieces of about 1 MiB, so that a million of them take no more memory than a few. */
function* pieces(entries: Iterable<EntrySpec>, total: { count: number; exportBytes: number }): Generator<Buffer> {
  let encoded: Buffer[] = [];
  let size = 0;
  for (const entry of entries) {
    const bytes = encodeExport(entry);
    encoded.push(bytes);
    size += bytes.length;
    total.count++;
    total.exportBytes += bytes.length;
    if (size < pieceBytes) continue;
    yield Buffer.concat(encoded, size);
    encoded = [];
    size = 0;
  }
  yield Buffer.concat(encoded, size);
}
