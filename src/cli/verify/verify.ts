import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { messageOf } from '../../errors.ts';
import { readTrouble } from '../../read-trouble.ts';
import { NO_HASH } from '../../senders/file/chain.ts';
import { readKeyAt } from '../key-place.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';
import { UsageError } from '../usage-error.ts';
import { verifyFile, type VerifiedFile } from './chain.ts';
import { breakBetween, outputOf, outputsOf, withoutDoubles } from './order.ts';

export interface VerifyRun {
  readonly paths: readonly string[];
  /** Where the key stands, as `readKeyAt` understands it. */
  readonly key: string | undefined;
  /** The state file, which knows how the chain ended. */
  readonly state: string | undefined;
}

interface Output {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
}

/** Where a file's chain ended at the last acknowledgement that the state knows. */
interface Ending {
  readonly path: string;
  readonly chain: string;
}

/** Checks hash chains, of rotated and compressed files too; returns 0 when all is right, 1 when something is not. */
export async function verify({ paths, key, state }: VerifyRun, { out, err }: Output): Promise<number> {
  if (paths.length === 0) throw new UsageError('a file to verify is needed');
  const secret = key === undefined ? undefined : await readKeyAt(key);
  const endings = state === undefined ? [] : await readEndings(state);
  const wanted = new Set(endings.map(({ chain }) => chain));
  let isRight = true;
  for (const output of outputsOf(paths)) {
    const complaint = await verifyOutput(output, { key: secret, wanted, endings, out });
    if (complaint === undefined) continue;
    isRight = false;
    err.write(`${escapeUnsafe(complaint)}\n`);
  }
  return isRight ? 0 : 1;
}

interface OutputCheck extends Pick<Output, 'out'> {
  readonly key: string | undefined;
  readonly wanted: ReadonlySet<string>;
  readonly endings: readonly Ending[];
}

async function verifyOutput(paths: readonly string[], check: OutputCheck): Promise<string | undefined> {
  const files: VerifiedFile[] = [];
  for (const path of paths) {
    try {
      files.push(await verifyFile(path, check));
    } catch (error) {
      return `${path}: cannot be read: ${readTrouble(error)}`;
    }
    const { fault } = files.at(-1)!;
    if (fault !== undefined) {
      return breakBetween(withoutDoubles(files)) ?? `${path}:${fault.line}: this line ${fault.what}`;
    }
  }
  const single = withoutDoubles(files);
  const complaint = breakBetween(single) ?? endOf(single, check);
  if (complaint === undefined) check.out.write(`${escapeUnsafe(summaryOf(single))}\n`);
  return complaint;
}

/** Lines that are missing at the end are told by the state alone. */
function endOf(files: readonly VerifiedFile[], { endings }: OutputCheck): string | undefined {
  const output = outputOf(files.at(-1)!.path);
  const here = endings.filter(({ path }) => resolve(path) === output);
  // Files may have been copied to another place: then the names have to do.
  const own = here.length > 0 ? here : endings.filter(({ path }) => basename(path) === basename(output));
  const isThere = ({ chain }: Ending): boolean => chain === NO_HASH || files.some(({ found }) => found.has(chain));
  if (own.length === 0 || own.some(isThere)) return undefined;
  return `${files.at(-1)!.path}: its end is missing: the state file knows of lines behind the last one`;
}

function summaryOf(files: readonly VerifiedFile[]): string {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const isWhole = files.find((file) => file.lines > 0)?.previous === NO_HASH;
  const beginning = isWhole || lines === 0 ? '' : '; what stood before the first is not here';
  return `${files.map(({ path }) => path).join(', ')}: fine: ${lines} line${lines === 1 ? '' : 's'} in ${files.length} file${files.length === 1 ? '' : 's'}${beginning}`;
}

async function readEndings(path: string): Promise<Ending[]> {
  let state: unknown;
  try {
    state = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`the state file cannot be read: ${messageOf(error)}`, { cause: error });
  }
  return valuesOf(valuesAt(state, 'readers'))
    .flatMap((reader) => valuesOf(valuesAt(reader, 'senders')))
    .map((sender) => valuesAt(valuesAt(valuesAt(sender, 'sent'), 'mark'), 'file'))
    .flatMap((file) => {
      const [name, chain] = [valuesAt(file, 'path'), valuesAt(file, 'chain')];
      return typeof name === 'string' && typeof chain === 'string' ? [{ path: name, chain }] : [];
    });
}

function valuesAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function valuesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
