import { isatty } from 'node:tty';
import { aborted } from '../../backoff.ts';
import { DestinationGoneError, messageOf, RetryableError, systemCodeOf } from '../../errors.ts';
import type { Sender } from '../sender.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';
import { openOutput, type Output } from './output.ts';

const STDOUT = 1;
/** There is one standard output, however many senders write to it: they take turns, and it outlives each of them. */
let output: Output | undefined;
let turn: Promise<void> = Promise.resolve();

/** Makes the sender. */
export function createStdoutSender(): Sender {
  return {
    connect: () => Promise.resolve(),
    async send({ bytes, ends }, signal) {
      // A write cannot be taken back: it may go on, with a copy, when nobody waits for it any more.
      const lines = Buffer.from(bytes.subarray(0, ends.at(-1) ?? 0));
      const written = turn.then(() => {
        signal.throwIfAborted();
        return writeOut(lines);
      });
      turn = written.catch(() => undefined);
      await Promise.race([written, aborted(signal)]);
      signal.throwIfAborted();
    },
    close: () => Promise.resolve(),
  };
}

async function writeOut(lines: Buffer): Promise<void> {
  try {
    output ??= openOutput(STDOUT);
    await output.write(isatty(STDOUT) ? forTerminal(lines) : lines);
  } catch (error) {
    if (systemCodeOf(error) === 'EPIPE') {
      const message = `cannot write to the standard output: whoever read it has gone (${messageOf(error)})`;
      throw new DestinationGoneError(message, { cause: error });
    }
    throw new RetryableError(`cannot write to the standard output: ${messageOf(error)}`, { cause: error });
  }
}

/** JSON leaves characters as they are that steer a terminal; escaped it means the same. */
function forTerminal(lines: Buffer): Buffer {
  return Buffer.from(lines.toString().split('\n').map(escapeUnsafe).join('\n'));
}
