import { parseRecord, type FileRecord } from './file-record.ts';

/** What the state keeps of a file sender with each acknowledgement. */
export interface Mark {
  /** Which ledger counts the batches. */
  readonly ledger: string;
  /** The last batch that was acknowledged. */
  readonly batch: number;
  /** Where one file takes all: that file behind this batch. */
  readonly file?: FileRecord;
}

/** How the files of a batch stood before it. */
export interface LedgerBatch {
  readonly batch: number;
  readonly files: readonly FileRecord[];
}

/** The mark in the state, if it is one. */
export function parseMark(value: unknown): Mark | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { ledger, batch, file } = value as Record<string, unknown>;
  if (typeof ledger !== 'string' || !Number.isSafeInteger(batch)) return undefined;
  const record = parseRecord(file);
  return { ledger, batch: batch as number, ...(record && { file: record }) };
}

/** A batch as a line of the ledger. */
export function lineOf({ batch, files }: LedgerBatch): string {
  return `${JSON.stringify({ batch, files: files.map(({ path, id, size, tail, isShared }) => [path, id, size, tail, isShared]) })}\n`;
}

/** How a file stood, as it is written in such a line. */
export function recordOf(value: unknown): FileRecord | undefined {
  if (!Array.isArray(value)) return undefined;
  const [path, id, size, tail, isShared] = value as unknown[];
  return parseRecord({ path, id, size, tail, isShared });
}

/** A line that a crash has torn was followed by no write: it can be left out. */
export function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
