import { createHmac, hash } from 'node:crypto';

/** What a chain begins with: the hash of no line. */
export const NO_HASH = '0'.repeat(64);

/** What a chained line has more than the line itself, at most, in bytes. */
export const CHAIN_BYTES = 256;

const CLOSE = 0x7d;
const OPEN = 0x7b;

/** Gives the hash of a line, its newline not included, that follows a line with the hash `previous`. */
export type HashLine = (previous: string, line: Uint8Array) => string;

/** SHA-256 of the previous hash as 64 hexadecimal digits and the line; with a key, HMAC-SHA-256 of the same. */
export function createHashLine(key: string | undefined): HashLine {
  if (key !== undefined) {
    return (previous, line) => createHmac('sha256', key).update(previous, 'latin1').update(line).digest('hex');
  }
  let scratch = Buffer.alloc(64 * 1024);
  return (previous, line) => {
    const size = previous.length + line.length;
    if (size > scratch.length) scratch = Buffer.alloc(size * 2);
    scratch.write(previous, 0, 'latin1');
    scratch.set(line, previous.length);
    return hash('sha256', scratch.subarray(0, size));
  };
}

/** How a chained line ends: a last member of its JSON object, or words behind any other line. */
export function writeChained(
  line: Buffer,
  to: Buffer,
  at: number,
  hashes: { previous?: string; chain: string },
): number {
  const isObject = line[0] === OPEN && line.at(-1) === CLOSE;
  const body = isObject ? line.subarray(0, -1) : line;
  const o = at + body.copy(to, at);
  return o + to.write(isObject ? membersOf(hashes, body.length === 1) : wordsOf(hashes), o, 'latin1');
}

function membersOf({ previous, chain }: { previous?: string; chain: string }, isEmpty: boolean): string {
  const first = previous === undefined ? '' : `"chain_previous":"${previous}",`;
  return `${isEmpty ? '' : ','}${first}"chain":"${chain}"}\n`;
}

function wordsOf({ previous, chain }: { previous?: string; chain: string }): string {
  return `${previous === undefined ? '' : ` chain_previous=${previous}`} chain=${chain}\n`;
}

/**
 * The line if what looks like the beginning of a file is its own end: whoever writes to the journal can end a message that way,
 * and only the hash tells.
 */
export function withPreviousAsText({ line, previous }: ChainedLine): Buffer {
  if (previous === undefined) return line;
  const isObject = line[0] === OPEN && line.at(-1) === CLOSE;
  const member = `${line.length === 2 ? '' : ','}"chain_previous":"${previous}"}`;
  return Buffer.concat(
    isObject ? [line.subarray(0, -1), Buffer.from(member)] : [line, Buffer.from(` chain_previous=${previous}`)],
  );
}

/** A chained line taken apart. */
export interface ChainedLine {
  /** The line as it was before its hashes were added. */
  readonly line: Buffer;
  readonly chain: string;
  /** Only the first line of a file has it. */
  readonly previous: string | undefined;
}

const MEMBERS = /(,?)(?:"chain_previous":"([0-9a-f]{64})",)?"chain":"([0-9a-f]{64})"\}$/;
const WORDS = /(?: chain_previous=([0-9a-f]{64}))? chain=([0-9a-f]{64})$/;

/** Takes a line, its newline not included, apart; undefined when it has no hash at its end. */
export function readChained(line: Buffer): ChainedLine | undefined {
  const end = line.toString('latin1', Math.max(0, line.length - CHAIN_BYTES));
  const members = line[0] === OPEN ? MEMBERS.exec(end) : null;
  if (members !== null) {
    const [whole, comma, previous, chain] = members;
    const body = line.subarray(0, line.length - whole.length);
    if ((comma === '') !== (body.length === 1)) return undefined;
    return { line: Buffer.concat([body, Buffer.from('}')]), previous, chain: chain! };
  }
  const words = WORDS.exec(end);
  if (words === null) return undefined;
  const [whole, previous, chain] = words;
  return { line: line.subarray(0, line.length - whole.length), previous, chain: chain! };
}
