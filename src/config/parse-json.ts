import { printParseErrorCode, visit } from 'jsonc-parser';
import type { JSONVisitor } from 'jsonc-parser';
import type { ConfigFault } from '../errors.ts';
import { faultAt, quoted } from './faults.ts';
import { unusable } from './read-text.ts';

/** No key of a config lies this deep; without a limit a deep one overflows the stack. */
const MAX_DEPTH = 100;

/** What the parser missed, said to someone who has the file open at that place. */
const SENTENCES: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no JSON value; strings and keys need double quotes',
  InvalidNumberFormat: 'this is no JSON number',
  PropertyNameExpected: 'a key in double quotes is missing here; there is no comma after the last one',
  ValueExpected: 'a value is missing here; there is no comma after the last one',
  ColonExpected: 'a colon is missing between key and value',
  CommaExpected: 'a comma is missing before this',
  CloseBraceExpected: 'a closing brace "}" is missing',
  CloseBracketExpected: 'a closing bracket "]" is missing',
  EndOfFileExpected: 'there is something behind the end of the config',
  InvalidCommentToken: 'JSON has no comments; remove this one',
  UnexpectedEndOfComment: 'JSON has no comments; remove this one',
  UnexpectedEndOfString: 'this string has no closing double quote in its line',
  UnexpectedEndOfNumber: 'this number lacks its last digits',
  InvalidUnicode: 'this string has a \\u that is not followed by four hexadecimal digits',
  InvalidEscapeCharacter: 'this string has a backslash that escapes nothing; a backslash itself is written \\\\',
  InvalidCharacter: 'this string has a control character, such as a tab; write it as \\t or \\u0009',
};

/** The value of a JSON text, and its keys that stand twice; throws ConfigError when it is no JSON. */
export function parseJson(file: string, text: string): { value: unknown; faults: ConfigFault[] } {
  const faults: ConfigFault[] = [];
  visit(text, inspector(file, faults), { disallowComments: true, allowTrailingComma: false });
  try {
    return { value: JSON.parse(text), faults };
  } catch {
    // Without the cause: V8's message quotes the text around the fault, which may hold a secret.
    throw unusable(file, 'this is no valid JSON');
  }
}

/** Throws at the first place that is no JSON; notes keys that stand twice. */
function inspector(file: string, faults: ConfigFault[]): JSONVisitor {
  const lines: Map<string, number>[] = [];
  let depth = 0;
  const enter = (line: number): void => {
    if (++depth > MAX_DEPTH) throw unusable(file, `line ${line + 1}: nested deeper than ${MAX_DEPTH} levels`);
  };
  return {
    onObjectBegin: (_offset, _length, line) => {
      enter(line);
      lines.push(new Map());
    },
    onArrayBegin: (_offset, _length, line) => {
      enter(line);
    },
    onObjectProperty: (...[key, , , line, , path]) => {
      const first = lines.at(-1)?.get(key);
      if (first !== undefined) faults.push(givenTwice(path().map(String), key, [first + 1, line + 1]));
      else lines.at(-1)?.set(key, line);
    },
    onObjectEnd: () => {
      depth--;
      lines.pop();
    },
    onArrayEnd: () => {
      depth--;
    },
    onError: (...[error, , , line, character]) => {
      const sentence = SENTENCES[printParseErrorCode(error)] ?? 'not valid JSON';
      throw unusable(file, `line ${line + 1}, column ${character + 1}: ${sentence}`);
    },
  };
}

function givenTwice(path: readonly string[], key: string, [first, second]: readonly [number, number]): ConfigFault {
  const where = first === second ? `twice in line ${first}` : `twice, in lines ${first} and ${second}`;
  return faultAt(path, `the key ${quoted(key)} is given ${where}; keep one`);
}
