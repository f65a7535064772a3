import { open } from 'node:fs/promises';
import { DeadLetterFile } from '../../state/dead-letter-file.ts';
import { deadLetterPath } from '../../state/dead-letter-path.ts';
import type { Loose } from './loose.ts';

/** How many dead letters of a sender lie in its files now; null: they cannot be read. */
export type LettersLeft = (reader: string, sender: string) => number | null;

interface Counted {
  readonly bytes: number;
  readonly letters: number;
}

const PIECE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** Counts dead letters; a file that has not grown or shrunk since the last time is not read again. */
export class DeadLetterCensus {
  private known = new Map<string, Counted>();

  /** Counts those of all senders in a state file. */
  async take(statePath: string, state: Loose): Promise<LettersLeft> {
    const seen = new Map<string, Counted>();
    const left = new Map<string, number | null>();
    for (const [reader, stored] of state.entries('readers')) {
      for (const [sender] of stored.entries('senders')) {
        const path = deadLetterPath(statePath, reader, sender);
        left.set(keyOf(reader, sender), await this.countAll(path, seen).catch(() => null));
      }
    }
    this.known = seen;
    return (reader, sender) => left.get(keyOf(reader, sender)) ?? null;
  }

  private async countAll(path: string, seen: Map<string, Counted>): Promise<number> {
    let letters = 0;
    for (const { path: file, bytes } of await new DeadLetterFile(path, Infinity).segments()) {
      const before = this.known.get(file);
      const counted = before?.bytes === bytes ? before : { bytes, letters: await countLines(file) };
      seen.set(file, counted);
      letters += counted.letters;
    }
    return letters;
  }
}

async function countLines(path: string): Promise<number> {
  await using file = await open(path);
  const piece = Buffer.alloc(PIECE_BYTES);
  let count = 0;
  for (;;) {
    const { bytesRead } = await file.read(piece);
    if (bytesRead === 0) return count;
    for (let i = 0; i < bytesRead; i++) if (piece[i] === NEWLINE) count++;
  }
}

function keyOf(reader: string, sender: string): string {
  return `${reader}\0${sender}`;
}
