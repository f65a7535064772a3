import { readSmallFile } from '../small-file.ts';

/**
 * The text of a file without the newline at its end; throws an Error with a sentence that names it as `what`. Anything but
 * a regular file is refused unless it `mayBePipe`: to read a device or a pipe may never end.
 */
export async function readSecretFile(path: string, what: string, kinds: { mayBePipe?: boolean } = {}): Promise<string> {
  const text = decoded(await readSmallFile(path, what, kinds), what);
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new Error(`${what} is empty`);
  return value;
}

function decoded(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error(`${what} is not valid UTF-8`, { cause: error });
  }
}
