/** The parts of a cursor that tell something; its text is otherwise opaque (sd_journal_get_cursor(3)). */
export interface CursorParts {
  /** Id of the file sequence; sequence numbers count within one. */
  readonly sequence: string;
  readonly number: bigint;
  readonly realtimeUs: number;
}

/** Takes a cursor apart; undefined when it is malformed. */
export function parseCursor(cursor: string): CursorParts | undefined {
  const parts = new Map(cursor.split(';').map((part) => [part.slice(0, 1), part.slice(2)] as const));
  const [sequence, number, realtime] = [parts.get('s'), parts.get('i'), parts.get('t')];
  const isHex = [sequence, number, realtime].every((text) => text !== undefined && /^[0-9a-f]+$/i.test(text));
  if (!isHex) return undefined;
  return { sequence: sequence!, number: BigInt(`0x${number!}`), realtimeUs: parseInt(realtime!, 16) };
}
