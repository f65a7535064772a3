/** Larger than any answer to a producer; a server of another protocol seems to announce more. */
const MAX_FRAME_BYTES = 100 * 1024 * 1024;
const SIZE_BYTES = 4;
/** What the alerts of TLS begin with. */
const TLS_ALERT = 0x15;

/**
 * Puts Kafka's answers together: each is a size of four bytes, and so many more. kafkajs gets whole ones only: what
 * is left of one when a connection breaks would garble the first answer of the next connection.
 */
export class Frames {
  private pieces: Buffer[] = [];
  private length = 0;

  /** Takes a chunk; gives the whole answers, back to back, if there are any now. Throws an Error at what is none. */
  push(chunk: Buffer): Buffer | undefined {
    this.pieces.push(chunk);
    this.length += chunk.length;
    if (this.length < SIZE_BYTES) return undefined;
    const bytes = this.pieces.length === 1 ? chunk : Buffer.concat(this.pieces, this.length);
    const end = endOfWhole(bytes);
    this.pieces = end < bytes.length ? [bytes.subarray(end)] : [];
    this.length = bytes.length - end;
    return end === 0 ? undefined : bytes.subarray(0, end);
  }
}

function endOfWhole(bytes: Buffer): number {
  let end = 0;
  while (bytes.length - end >= SIZE_BYTES) {
    const size = bytes.readInt32BE(end);
    if (size < SIZE_BYTES || size > MAX_FRAME_BYTES) throw new Error(protocolOf(bytes[end]!));
    if (end + SIZE_BYTES + size > bytes.length) break;
    end += SIZE_BYTES + size;
  }
  return end;
}

function protocolOf(first: number): string {
  return first === TLS_ALERT
    ? 'the port may want TLS ("ssl", "security_protocol")'
    : "it does not speak Kafka's protocol at this port";
}
