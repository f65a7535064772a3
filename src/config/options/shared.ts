import { anyJson, integer, text } from '../dialect.ts';

/** Names that the user gives to readers and senders: they become parts of file names and of metric tags. */
export const names = {
  pattern: '^(?!(\\.{1,2}|__proto__)$)[^/\\u0000-\\u001f\\u007f]{1,128}$',
  wanted: '1 to 128 characters long, without "/" and control characters, and none of ".", ".." and "__proto__"',
} as const;

/** Names that the user gives to anything else: they stay within the config and metrics. */
export const labels = {
  pattern: '^(?!__proto__$)[^\\u0000]+$',
  wanted: 'a non-empty string other than "__proto__"',
} as const;

/** Selection by one field: the same keys at the top level and in a reader; an entry must pass both. */
export const match = {
  match_key: text({
    description:
      'Ship only entries whose field of this name equals `match_value`; the name has no leading underscores (`SYSTEMD_UNIT`).',
  }),
  match_value: anyJson({
    description:
      'What the field `match_key` must equal, as the `journalpump` format writes it (`PRIORITY` and `PID` are numbers). Left out or null: only entries that lack the field.',
  }),
};

/** How many entries a queue holds. */
export const bufferLength = integer({
  description: 'How many entries may wait in the queue of one sender before reading pauses.',
  minimum: 1,
  maximum: 10_000_000,
});

/** What a queue holds where the config does not say it. */
export const DEFAULT_BUFFER_BYTES = 5_242_880;

/** How many bytes a queue holds. */
export const bufferBytes = integer({
  description: 'How many bytes may wait in the queue of one sender before reading pauses.',
  minimum: 1024,
  maximum: 1_073_741_824,
});
