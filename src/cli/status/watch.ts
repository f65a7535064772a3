import { pause } from '../../backoff.ts';

/** A terminal, or a stream that is none. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Lines that it has room for, if that is known. */
  readonly rows: number | undefined;
  /** False when nobody reads any more. */
  write(text: string): Promise<boolean>;
}

const EVERY_MS = 2000;
/** No cursor, no wrapped lines: each line stays in its place. */
const BEGIN = '\x1b[?25l\x1b[?7l\x1b[2J';
const END = '\x1b[?7h\x1b[?25h';
const HOME = '\x1b[H';
const CLEAR_REST_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Shows what `draw` makes every two seconds until it is stopped: in place on a terminal, else one after the other. */
export async function watch(screen: Screen, stop: AbortSignal, draw: () => Promise<string>): Promise<void> {
  if (screen.isTerminal) await screen.write(BEGIN);
  try {
    while (!stop.aborted) {
      const text = await draw();
      if (!(await screen.write(screen.isTerminal ? inPlace(text, screen.rows) : text))) return;
      await pause(EVERY_MS, stop);
    }
  } finally {
    if (screen.isTerminal) await screen.write(END);
  }
}

/** Overwrites what is there instead of wiping it first, which would flicker. */
function inPlace(text: string, rows = Infinity): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .slice(0, Math.max(1, rows - 1));
  return `${HOME}${lines.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join('')}${CLEAR_BELOW}`;
}
