import { RetryableError } from '../../errors.ts';

/** Which sender of this process writes to which file. */
const writers = new Map<string, string>();

/**
 * From now on this sender writes to the file with this identity, or path. Throws RetryableError while another one does:
 * two that write to one file would rotate it, and take back what failed, under each other's hands.
 */
export function claim(file: string, sender: string): void {
  if (!mayClaim(file, sender)) {
    throw new RetryableError(
      `the sender ${writers.get(file)} writes to it, and no two may; give each a path of its own (tried again until that one lets go)`,
    );
  }
  writers.set(file, sender);
}

/** Whether no other sender writes to it. */
export function mayClaim(file: string, sender: string): boolean {
  return (writers.get(file) ?? sender) === sender;
}

/** This sender writes to it no more. */
export function release(file: string, sender: string): void {
  if (writers.get(file) === sender) writers.delete(file);
}
