/** A regular expression or a replacement that cannot be used; the message is a sentence without the key's path. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** What to say of a construct of Python's `re` that RE2 has no equivalent for. */
export function refusal(construct: string, what: string): PatternError {
  return new PatternError(
    `${construct} is ${what}, which RE2 cannot match in linear time and therefore does not have; write the pattern without it`,
  );
}
