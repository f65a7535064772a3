import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { keptPayload, parseDeadLetter, type DeadLetter } from '../../src/state/dead-letter.ts';
import { DeadLetterFile } from '../../src/state/dead-letter-file.ts';
import { deadLetterPath } from '../../src/state/dead-letter-path.ts';
import { numberIn, SECRET } from './entries.ts';

/** The dead letters of a sender. */
export interface Letters {
  readonly numbers: ReadonlySet<number>;
  /** How many lines have a secret in clear. */
  readonly leaks: number;
}

/** What a sender's dead letters are about, those only that are `wanted`. */
export async function lettersOf(
  place: { statePath: string; reader: string; sender: string },
  wanted: (letter: DeadLetter) => boolean = () => true,
): Promise<Letters> {
  const file = new DeadLetterFile(deadLetterPath(place.statePath, place.reader, place.sender), Infinity);
  const numbers = new Set<number>();
  let leaks = 0;
  for (const { path } of await file.segments()) {
    for (const line of (await readFile(path, 'utf8')).split('\n').slice(0, -1)) {
      const letter = parseDeadLetter(Buffer.from(line));
      if (letter === undefined) throw new Error(`${dirname(path)}: a line is no dead letter`);
      if (!wanted(letter)) continue;
      const number = numberIn(keptPayload(letter).toString());
      if (number !== undefined) numbers.add(number);
      if (line.includes(SECRET)) leaks++;
    }
  }
  return { numbers, leaks };
}
