import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

const MAX_NAME_BYTES = 200;

/**
 * Where a sender's dead letters lie: `dead-letter/<reader>.<sender>.jsonl` beside the state file. What is unusual in a
 * name is written as %XX, and so is a dot in the reader's: no two senders share a file.
 */
export function deadLetterPath(statePath: string, reader: string, sender: string): string {
  const name = `${safe(reader).replaceAll('.', '%2E')}.${safe(sender)}`;
  return join(dirname(statePath), 'dead-letter', `${bounded(name)}.jsonl`);
}

function safe(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** A file name has 255 bytes at most. */
function bounded(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= MAX_NAME_BYTES) return name;
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return `${bytes.toString('utf8', 0, MAX_NAME_BYTES - 20).replaceAll('\ufffd', '')}~${digest}`;
}
