import { open } from 'node:fs/promises';

/** What the beginning of a journal file says of it; its layout is promised (systemd.io/JOURNAL_FILE_FORMAT). */
export interface FileHeader {
  /** Id of the file sequence, as `s=` in a cursor. */
  readonly sequence: string;
  readonly headNumber: bigint;
  readonly tailNumber: bigint;
  readonly headUs: number;
  readonly tailUs: number;
  readonly entries: number;
  /** The file is as long as it says. */
  readonly isComplete: boolean;
}

/** A journal file and what its header says. */
export interface KnownFile {
  readonly path: string;
  readonly header: FileHeader;
}

const SIGNATURE = 'LPKSHHRH';
const HEADER_BYTES = 208;
const ARCHIVED =
  /^(?<series>.*)@(?<sequence>[0-9a-f]{32})-(?<number>[0-9a-f]{16})-(?<realtime>[0-9a-f]{16})\.journal~?$/s;

/** Reads the header of a journal file; undefined when it is not there, may not be read, or is none. */
export async function readFileHeader(path: string): Promise<FileHeader | undefined> {
  const { bytes, size } = (await readBeginning(path)) ?? {};
  if (bytes?.toString('latin1', 0, 8) !== SIGNATURE) return undefined;
  return {
    sequence: bytes.toString('hex', 72, 88),
    headNumber: bytes.readBigUInt64LE(168),
    tailNumber: bytes.readBigUInt64LE(160),
    headUs: Number(bytes.readBigUInt64LE(184)),
    tailUs: Number(bytes.readBigUInt64LE(192)),
    entries: Number(bytes.readBigUInt64LE(152)),
    isComplete: bytes.readBigUInt64LE(88) + bytes.readBigUInt64LE(96) <= BigInt(size ?? 0),
  };
}

/** What the name of an archived journal file says of its first entry. */
export interface ArchiveName {
  /** Path of the file that was archived, without `.journal`: those of one series follow one another. */
  readonly series: string;
  readonly sequence: string;
  readonly headNumber: bigint;
  readonly headUs: number;
}

/** Reads the name of an archived journal file; undefined when it is that of another. */
export function parseArchiveName(path: string): ArchiveName | undefined {
  const groups = ARCHIVED.exec(path)?.groups;
  if (groups === undefined) return undefined;
  return {
    series: groups['series']!,
    sequence: groups['sequence']!,
    headNumber: BigInt(`0x${groups['number']!}`),
    headUs: parseInt(groups['realtime']!, 16),
  };
}

async function readBeginning(path: string): Promise<{ bytes: Buffer; size: number } | undefined> {
  try {
    await using file = await open(path, 'r');
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const { size } = await file.stat();
    return bytesRead === HEADER_BYTES ? { bytes: buffer, size } : undefined;
  } catch {
    return undefined; // gone, or not for us
  }
}
