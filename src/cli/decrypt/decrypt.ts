import type { Readable } from 'node:stream';
import { messageOf } from '../../errors.ts';
import { contentOf } from '../../senders/file/chain-end.ts';
import { parseEncryptionKey } from '../../transform/encryption-key.ts';
import { EnvelopeOpener } from './envelope-opener.ts';
import { readKeyAt } from '../key-place.ts';
import { linesOf, type Line } from '../../lines-of.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';
import { outputsOf } from '../verify/order.ts';
import { UsageError } from '../usage-error.ts';
import { readTrouble } from '../../read-trouble.ts';

export interface DecryptRun {
  /** Files, plain or compressed; `-`, or none at all, is the standard input. Those of one output, the oldest first. */
  readonly paths: readonly string[];
  /** Where the keys stand, each as `readKeyAt` understands it. */
  readonly keys: readonly string[];
  /** A line that cannot be opened is told and left out; otherwise it is the end. */
  readonly keepsGoing: boolean;
}

interface Streams {
  readonly stdin: Readable;
  /** False when nobody reads any more. */
  write(bytes: Uint8Array): Promise<boolean>;
  readonly err: { write(text: string): unknown };
}

/** A whole megabyte of a field in base64 comes to less, and so does the largest `max_entry_bytes`. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;
const NEWLINE = Buffer.from('\n');

/** Gives back the lines that were put into envelopes; returns 0, or 1 when a line or a file could not be had. */
export async function decrypt({ paths, keys, keepsGoing }: DecryptRun, streams: Streams): Promise<number> {
  if (keys.length === 0) throw new UsageError('decrypt needs --key, which names the place of the key');
  const opener = new EnvelopeOpener(await Promise.all(keys.map(readKey)));
  const inputs = paths.length === 0 ? ['-'] : outputsOf(paths).flat();
  let isRight = true;
  for (const path of inputs) {
    const outcome = await new Decryption(path, { opener, keepsGoing, streams }).run();
    if (outcome === 'unread') return isRight ? 0 : 1;
    if (outcome === 'fine') continue;
    isRight = false;
    if (!keepsGoing) break;
  }
  return isRight ? 0 : 1;
}

async function readKey(where: string) {
  const text = await readKeyAt(where);
  try {
    return parseEncryptionKey(text);
  } catch (error) {
    throw new UsageError(`the key ${messageOf(error).replace(/, got .*/, '')}`, { cause: error, wantsUsage: false });
  }
}

interface DecryptionOptions extends Pick<DecryptRun, 'keepsGoing'> {
  readonly opener: EnvelopeOpener;
  readonly streams: Streams;
}

/** `unread`: nobody reads any more. */
type Outcome = 'fine' | 'refused' | 'unread';

/** What is done with one input. */
class Decryption {
  private readonly name: string;
  private readonly path: string;
  private readonly options: DecryptionOptions;
  private number = 0;
  private isRight = true;

  constructor(path: string, options: DecryptionOptions) {
    this.path = path;
    this.name = path === '-' ? 'stdin' : path;
    this.options = options;
  }

  async run(): Promise<Outcome> {
    const { keepsGoing, streams } = this.options;
    const input = this.path === '-' ? streams.stdin : contentOf(this.path);
    try {
      for await (const lines of linesOf(input, MAX_LINE_BYTES)) {
        const { payloads, complaints } = this.openAll(lines);
        // What was opened comes before what is said of the line after it.
        if (payloads.length > 0 && !(await streams.write(Buffer.concat(payloads)))) return 'unread';
        for (const complaint of complaints) streams.err.write(complaint);
        if (!this.isRight && !keepsGoing) return 'refused';
      }
    } catch (error) {
      streams.err.write(`${escapeUnsafe(this.name)}: cannot be read: ${escapeUnsafe(readTrouble(error))}\n`);
      return 'refused';
    }
    return this.isRight ? 'fine' : 'refused';
  }

  /** Opens lines up to the first that it cannot, or all that it can. */
  private openAll(lines: readonly Line[]): { payloads: Buffer[]; complaints: string[] } {
    const payloads: Buffer[] = [];
    const complaints: string[] = [];
    for (const line of lines) {
      this.number++;
      try {
        payloads.push(this.open(line), NEWLINE);
      } catch (error) {
        this.isRight = false;
        complaints.push(this.complaintOf(error));
        if (!this.options.keepsGoing) break;
      }
    }
    return { payloads, complaints };
  }

  private open(line: Line): Buffer {
    if (line === undefined) throw new Error(`is longer than ${MAX_LINE_BYTES} bytes, and no envelope`);
    return this.options.opener.open(line);
  }

  private complaintOf(error: unknown): string {
    const end = this.options.keepsGoing
      ? ''
      : '; nothing behind it was looked at (--keep-going leaves such lines out and goes on)';
    return escapeUnsafe(`${this.name}:${this.number}: this line ${messageOf(error)}${end}`) + '\n';
  }
}
