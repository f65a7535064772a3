const NEWLINE = 0x0a;

/** A line without its newline; undefined in place of one that is longer than the limit. */
export type Line = Buffer | undefined;

/** The lines of a stream, as many at a time as a piece of it brings; a last one without newline counts, too. */
export async function* linesOf(stream: AsyncIterable<unknown>, maxBytes: number): AsyncGenerator<Line[], void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  const end = (last: Buffer): Line => {
    const line = restBytes + last.length > maxBytes ? undefined : Buffer.concat([...rest, last]);
    rest = [];
    restBytes = 0;
    return line;
  };
  for await (const piece of stream as AsyncIterable<Buffer>) {
    const lines: Line[] = [];
    let start = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, start)) {
      const last = piece.subarray(start, at);
      lines.push(restBytes === 0 && last.length <= maxBytes ? last : end(last));
      start = at + 1;
    }
    restBytes += piece.length - start;
    if (restBytes > maxBytes) rest = [];
    else if (start < piece.length) rest.push(piece.subarray(start));
    yield lines;
  }
  if (restBytes > 0) yield [end(Buffer.alloc(0))];
}
