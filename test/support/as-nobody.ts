import type { CommandLine } from './child.ts';

/** The user and group id of `nobody`. */
export const NOBODY = 65_534;

/** Runs a command line as the user nobody, who is in no group; its last word is a file in a folder that only root may see. */
export const asNobody = (...line: CommandLine): CommandLine => [
  'sh',
  '-c',
  'chmod 755 "${0%/*}"; chmod 644 "$0"; exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"',
  line.at(-1)!,
  ...line,
];
