import type { Rejection } from '../errors.ts';
import { readHead } from '../senders/heads.ts';
import { payloadToKeep, shortReason, type DeadLetter } from '../state/dead-letter.ts';
import { DeadLetterFile } from '../state/dead-letter-file.ts';
import { deadLetterPath } from '../state/dead-letter-path.ts';
import { payloadOf, type BatchPart } from './batch-part.ts';

/** Where a delivery puts the payloads that its destination has refused for good. */
export interface DeadLetters {
  /** Where they are, for people; undefined: they are not kept. */
  readonly path: string | undefined;
  /** Resolves once they survive a crash; returns how many older ones had to make room. */
  add(part: BatchPart, rejected: readonly Rejection[]): Promise<number>;
}

/** Whose dead letters they are, and the fields that its heads have, if it has any. */
export interface LetterOwner {
  readonly reader: string;
  readonly sender: string;
  readonly head: readonly string[] | undefined;
  /** More fields, beside those of the heads: what is known of all of them. */
  readonly marks?: Readonly<Record<string, string>>;
}

/** The state file whose folder they go to, and how many bytes a sender's may take. */
export interface DeadLetterPlace {
  readonly statePath: string | undefined;
  readonly maxBytes: number;
}

/** There is no state file, so no place to keep them: the log tells of them. */
export const notKept: DeadLetters = { path: undefined, add: () => Promise.resolve(0) };

/** The place of a sender's dead letters; without a state file there is none. */
export function openDeadLetters(place: DeadLetterPlace, owner: LetterOwner): DeadLetters {
  return openLetterBox(place, owner)(owner);
}

/** One file for several who send by the same sender: gives each of them its way in. */
export function openLetterBox(
  { statePath, maxBytes }: DeadLetterPlace,
  { reader, sender }: Pick<LetterOwner, 'reader' | 'sender'>,
): (owner: LetterOwner) => DeadLetters {
  if (statePath === undefined) return () => notKept;
  const path = deadLetterPath(statePath, reader, sender);
  const file = new DeadLetterFile(path, maxBytes);
  let last: Promise<unknown> = Promise.resolve();
  const add = (letters: Iterable<DeadLetter>): Promise<number> => {
    // One after the other: a write that fails is taken back, and must not take another one with it.
    const adding = last.then(() => file.add(letters));
    last = adding.catch(() => undefined);
    return adding;
  };
  return (owner) => ({ path, add: (part, rejected) => add(lettersOf(part, rejected, owner)) });
}

function* lettersOf(part: BatchPart, rejected: readonly Rejection[], owner: LetterOwner): Generator<DeadLetter> {
  for (const { index, reason } of rejected) {
    const { reader, sender, head, marks } = owner;
    const { attempts } = part;
    const time = new Date().toISOString();
    const common = { reader, sender, time, reason: shortReason(reason), attempts };
    yield head === undefined ? plainLetter(part, index, common) : headedLetter(part, index, { ...common, head, marks });
  }
}

type Common = Pick<DeadLetter, 'reader' | 'sender' | 'time' | 'reason' | 'attempts'>;

function plainLetter(part: BatchPart, index: number, common: Common): DeadLetter {
  return { ...common, ...placeOf(part, index), ...payloadToKeep(payloadOf(part, index)) };
}

function headedLetter(
  part: BatchPart,
  index: number,
  { head, marks, ...common }: Common & { head: readonly string[]; marks: LetterOwner['marks'] },
): DeadLetter {
  const { cursor, realtimeUs, values, start, end } = readHead(part, index);
  return {
    ...common,
    cursor,
    realtime_us: realtimeUs,
    fields: { ...Object.fromEntries(head.map((field, i) => [field, values[i] ?? null])), ...marks },
    ...payloadToKeep(part.bytes.subarray(start, end)),
  };
}

/** The cursor of a payload, for people and for the log. */
export function placeOf(part: BatchPart, index: number): Pick<DeadLetter, 'cursor' | 'cursor_is_approximate'> {
  const own = ownCursor(payloadOf(part, index));
  return own === undefined ? { cursor: part.last.cursor, cursor_is_approximate: true } : { cursor: own };
}

/** What the `journald` format writes into each entry. */
function ownCursor(payload: Buffer): string | undefined {
  try {
    const { __CURSOR: cursor } = JSON.parse(payload.toString()) as { __CURSOR?: unknown };
    return typeof cursor === 'string' ? cursor : undefined;
  } catch {
    return undefined; // no JSON: not every sender takes it
  }
}
