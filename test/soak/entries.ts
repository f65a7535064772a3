import type { JournalFields } from '../support/journal-socket.ts';

/** What the load of a soak consists of: who refuses which entry follows from its number. */

/** Entries take turns in so many lanes, each of which is a file, a key, or what a task asks for. */
export const LANES = 4;
/** Stands in many entries, and is to come nowhere. */
export const SECRET = 'hunter2';
/** Takes the secret out, with the number behind it. */
export const SECRET_FILTER = { pattern: `${SECRET}-\\d+`, replacement: '***' };
/** Kafka's topic takes less in a message, and more in a batch of others. */
export const LARGE_BYTES = 40_000;

const HAS_SECRET = 7;

/** The entry of a number. */
export function entryOf(number: number): JournalFields {
  const secret = number % HAS_SECRET === 0 ? ` password=${SECRET}-${number}` : '';
  return {
    SEQ: number,
    LANE: laneOf(number),
    MESSAGE: `entry ${number}${secret}${isLarge(number) ? ` ${'x'.repeat(LARGE_BYTES)}` : ''}`,
    ...(secret !== '' && { ARGUMENTS: `login --password ${SECRET}-${number}` }),
    ...(isUnmappable(number) && { ODD: 'not a number' }),
  };
}

export function laneOf(number: number): number {
  return number % LANES;
}

/** Its field ODD does not fit the mapping of the search servers. */
export function isUnmappable(number: number): boolean {
  return number % 200 === 100;
}

/** Too large for Kafka's topic. */
export function isLarge(number: number): boolean {
  return number % 2000 === 500;
}

/** The index behind Gulp does not take it. */
export function isUnwelcome(number: number): boolean {
  return number % 2000 === 1999;
}

/** The number of a payload, in whatever way it holds its entry; undefined for one that is not of the load. */
export function numberIn(payload: string): number | undefined {
  const digits = /\bSEQ\\*"\s*:\s*\\*"?(\d+)/.exec(payload)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
