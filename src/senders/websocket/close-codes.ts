import { NotConnectedError } from '../../errors.ts';

const MEANINGS: Readonly<Record<number, string>> = {
  1000: 'it said that it was done',
  1001: 'it is going away, as servers do when they stop',
  1002: 'it saw a breach of the WebSocket protocol',
  1003: 'it does not take binary frames',
  1005: 'it gave no reason',
  1006: 'the connection was cut',
  1007: 'it could not read what a frame held',
  1008: 'what we sent is against its policy',
  1009: 'a frame was too large for it; lower "max_batch_size"',
  1010: 'it lacks an extension; compare "websocket_compression"',
  1011: 'it met an error of its own',
  1012: 'it is being restarted',
  1013: 'it is overloaded',
  1014: 'a gateway got no good answer from the server behind it',
  1015: 'the TLS handshake failed',
};

const TOO_LARGE = 1009;

/** The receiver closed the connection because a frame was too large for it. */
export class FrameTooLargeError extends NotConnectedError {}

/** What a closed connection means for what was sent over it. */
export function closedBy(code: number, reason: string): NotConnectedError {
  const message = `the receiver closed the connection: ${describeClose(code, reason)}`;
  return code === TOO_LARGE ? new FrameTooLargeError(message) : new NotConnectedError(message);
}

/** Why a connection was closed, as a phrase. `reason` is what the other side said about it. */
function describeClose(code: number, reason: string): string {
  const meaning = MEANINGS[code] ?? (code >= 4000 ? 'a code of its own' : 'a code that is not in use');
  // A reason is the other side's text: it must neither break the line nor be long.
  const said = reason.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 123);
  return `${meaning} (close code ${code}${said === '' ? '' : `, "${said}"`})`;
}
