/** The parts of a cursor that tell something; its text is otherwise opaque (sd_journal_get_cursor(3)). */
export interface CursorParts {
  /** Id of the file sequence; sequence numbers count within one. */
  readonly sequence: string;
  readonly number: bigint;
  readonly realtimeUs: number;
}

/** As sd_journal_get_cursor writes it; what a later systemd may add behind is let pass. */
const CURSOR = new RegExp(
  '^s=(?<sequence>[0-9a-f]{32});i=(?<number>[0-9a-f]{1,16});b=[0-9a-f]{32};m=[0-9a-f]{1,16};t=(?<realtime>[0-9a-f]{1,16})(;[a-z]+=[^;\\s]+)*$',
);

/** Takes a cursor apart; undefined when it is malformed. */
export function parseCursor(cursor: string): CursorParts | undefined {
  const parts = CURSOR.exec(cursor)?.groups;
  if (parts === undefined) return undefined;
  const { sequence, number, realtime } = parts;
  return { sequence: sequence!, number: BigInt(`0x${number!}`), realtimeUs: parseInt(realtime!, 16) };
}
