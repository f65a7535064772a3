import { messageOf, systemCodeOf } from '../../errors.ts';
import {
  createHashLine,
  NO_HASH,
  readChained,
  withPreviousAsText,
  type ChainedLine,
  type HashLine,
} from '../../senders/file/chain.ts';
import { contentOf } from '../../senders/file/chain-end.ts';

/** What was found in one file of a chain. */
export interface VerifiedFile {
  readonly path: string;
  readonly lines: number;
  /** What its first line says of the line before it; undefined when it has no such line. */
  readonly previous: string | undefined;
  /** Of its last line that is right. */
  readonly last: string;
  /** Every hash in it is wanted for, by the state: those that were found. */
  readonly found: ReadonlySet<string>;
  /** The first thing that is wrong. */
  readonly fault: { readonly line: number; readonly what: string } | undefined;
}

export interface VerifyOptions {
  readonly key: string | undefined;
  /** Hashes that somebody wants to know of. */
  readonly wanted: ReadonlySet<string>;
}

const NEWLINE = 0x0a;

/** Checks the chain of one file, plain or compressed, up to the first line that is wrong. */
export async function verifyFile(path: string, { key, wanted }: VerifyOptions): Promise<VerifiedFile> {
  const chain = new ChainCheck(createHashLine(key), wanted);
  let rest: Buffer[] = [];
  try {
    for await (const piece of contentOf(path) as AsyncIterable<Buffer>) {
      rest.push(piece);
      if (!piece.includes(NEWLINE)) continue; // joined once for each line, however long it is
      rest = [chain.take(Buffer.concat(rest))];
      if (chain.fault !== undefined) break;
    }
    chain.end(Buffer.concat(rest));
  } catch (error) {
    if (!isDamage(error)) throw error;
    chain.stop(`cannot be read: the compressed data are damaged here, or end too early (${messageOf(error)})`);
  }
  const { lines, previous, last, found, fault } = chain;
  return { path, lines, previous, last, found, fault };
}

/** What zlib says of data that nobody can decompress. */
function isDamage(error: unknown): boolean {
  return /^(Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(systemCodeOf(error) ?? '');
}

/** The lines of a file, one after the other. */
class ChainCheck {
  lines = 0;
  previous: string | undefined;
  last = NO_HASH;
  fault: VerifiedFile['fault'];
  readonly found = new Set<string>();
  private suspect: string | undefined;
  private readonly hashLine: HashLine;
  private readonly wanted: ReadonlySet<string>;

  constructor(hashLine: HashLine, wanted: ReadonlySet<string>) {
    this.hashLine = hashLine;
    this.wanted = wanted;
  }

  /** Checks all whole lines; returns what is left. */
  take(bytes: Buffer): Buffer {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.check(bytes.subarray(start, end));
      if (this.fault !== undefined) break;
      start = end + 1;
    }
    return bytes.subarray(start);
  }

  end(rest: Buffer): void {
    if (rest.length > 0 && this.fault === undefined && this.suspect === undefined)
      this.fail('is cut off: it has no end');
    if (this.suspect !== undefined && this.fault === undefined) this.judge(undefined);
  }

  /** No more can be read. */
  stop(what: string): void {
    if (this.suspect !== undefined) this.judge(undefined);
    this.fault ??= { line: this.lines + 1, what };
  }

  private check(bytes: Buffer): void {
    if (this.suspect === undefined) this.checkNext(bytes);
    else this.judge(bytes);
  }

  /** What follows a line that is wrong tells whether that was only put in between. */
  private judge(next: Buffer | undefined): void {
    const chained = next && readChained(next);
    const isInserted =
      chained !== undefined &&
      this.lines > 0 &&
      this.hashLine(this.last, withPreviousAsText(chained)) === chained.chain;
    this.fault = { line: this.lines + 1, what: isInserted ? 'was inserted' : this.suspect! };
  }

  private checkNext(bytes: Buffer): void {
    const chained = readChained(bytes);
    if (chained === undefined) {
      this.fail(
        this.lines === 0
          ? 'has no hash: it was changed, or the file was written without "hash_chain"'
          : 'has no hash: it was changed',
      );
      return;
    }
    const { line, chain, previous } = chained;
    const before = this.lines === 0 ? previous : this.last;
    if (before === undefined) this.fail('is not the first line of a file: what stood before it was removed');
    else if (this.lines > 0 && previous !== undefined) this.checkBeginning(chained);
    else if (this.hashLine(before, line) !== chain)
      this.fail(
        this.lines === 0
          ? 'was changed, or the chain was made with another key than that of "--key"'
          : 'was changed, or a line before it was removed',
      );
    else this.follows(before, chain);
  }

  /** A line in the middle that looks like the first of a file. */
  private checkBeginning(chained: ChainedLine): void {
    if (this.hashLine(this.last, withPreviousAsText(chained)) === chained.chain) this.follows(this.last, chained.chain);
    else this.fail('begins a new file: it was inserted, or lines before it were removed');
  }

  private follows(before: string, chain: string): void {
    if (this.lines === 0) this.previous = before;
    this.lines++;
    this.last = chain;
    if (this.wanted.has(chain)) this.found.add(chain);
  }

  private fail(what: string): void {
    this.suspect = what;
  }
}
