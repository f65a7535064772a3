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

const SIGNATURE = 'LPKSHHRH';
const HEADER_BYTES = 208;
const ARCHIVED = /@(?<sequence>[0-9a-f]{32})-(?<number>[0-9a-f]{16})-(?<realtime>[0-9a-f]{16})\.journal~?$/;

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

/** When the first entry of an archived journal file was logged, by its name, in µs since 1970. */
export function headOfName(path: string): number | undefined {
  const realtime = ARCHIVED.exec(path)?.groups?.['realtime'];
  return realtime === undefined ? undefined : parseInt(realtime, 16);
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
