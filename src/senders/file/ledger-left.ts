import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { systemCodeOf } from '../../errors.ts';
import type { FileRecord } from './file-record.ts';
import { parseLine, recordOf, type Mark } from './ledger-format.ts';

/** What a run before has left: nothing when it ended as it should. */
export type Left = 'nothing' | 'foreign' | readonly FileRecord[];

/**
 * How each file stood that was touched after the mark, according to the ledger of a run before: the earliest record of
 * each file. `foreign` when the ledger does not belong to the mark, or is younger, so that nothing can be said.
 */
export async function recordsAfter(path: string, mark: Mark | undefined): Promise<Left> {
  const [header, ...batches] = (await readOwn(path)).split('\n').map(parseLine);
  if (header === undefined) return 'nothing';
  const isOurs = mark === undefined ? header['base'] === null : header['ledger'] === mark.ledger;
  if (!isOurs || Number(header['base']) > (mark?.batch ?? 0)) return 'foreign';
  const records = new Map<string, FileRecord>();
  if (mark?.file !== undefined) records.set(mark.file.id, mark.file);
  for (const { batch, files } of batches.filter((line) => line !== undefined)) {
    if (typeof batch !== 'number' || batch <= (mark?.batch ?? 0) || !Array.isArray(files)) continue;
    for (const file of files.map(recordOf)) if (file) records.set(file.id, earlier(records.get(file.id), file));
  }
  return [...records.values()];
}

/** Only what we have written ourselves is believed: it says what is to be cut off. */
async function readOwn(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(ignoreMissing);
  if (file === undefined) return '';
  try {
    const { uid, mode } = await file.stat();
    const isOurs = (uid === process.geteuid?.() || uid === 0) && (mode & 0o022) === 0;
    return isOurs ? await file.readFile('utf8') : '';
  } finally {
    await file.close();
  }
}

/** Of two records of a file the first, which is the shorter one; that others have written to it stays known. */
function earlier(known: FileRecord | undefined, record: FileRecord): FileRecord {
  const first = known === undefined || record.size < known.size ? record : known;
  return known?.isShared === true || record.isShared === true ? { ...first, isShared: true } : first;
}

function ignoreMissing(error: unknown): undefined {
  if (systemCodeOf(error) === 'ENOENT') return undefined;
  throw error;
}
