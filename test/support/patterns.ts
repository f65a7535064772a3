import fc from 'fast-check';

const characters = ['a', 'b', 'A', '=', '\\ ', '-', '\\.', '\\n', 'ä', '\\u00e4', '\\x61', '\\141', '日', '1'];
const sets = [
  ...['\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '.', '[ab]', '[^a]', '[a-c]', '[\\w-]', '[^\\s]', '[\\W]', '[^\\W_]'],
  ...['[]a]', '[^]a]', '[[:alpha:]]', '[\\d\\s]', '[a-]', '[ä-ö]', '[^\\S]', '[\\D]', '[^=\\n]'],
];
const places = ['^', '$', '\\A', '\\Z', '\\b', '\\B'];
const quantifiers = ['*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{,2}', '{1,}', '{0,1}?', '{2,3}?'];
const flags = ['i', 's', 'm', 'x', 'a', 'ims', '-i'];

const { expression } = fc.letrec<Record<'expression' | 'sequence' | 'item' | 'atom', string>>((tie) => ({
  expression: fc
    .array(tie('sequence'), { minLength: 1, maxLength: 3, depthIdentifier: 'regex' })
    .map((parts) => parts.join('|')),
  sequence: fc.array(tie('item'), { maxLength: 4, depthIdentifier: 'regex' }).map((parts) => parts.join('')),
  item: fc.oneof(
    { weight: 4, arbitrary: tie('atom') },
    { weight: 2, arbitrary: fc.tuple(tie('atom'), fc.constantFrom(...quantifiers)).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.constantFrom(...places) },
  ),
  atom: fc.oneof(
    { depthIdentifier: 'regex', maxDepth: 4 },
    { weight: 5, arbitrary: fc.constantFrom(...characters) },
    { weight: 3, arbitrary: fc.constantFrom(...sets) },
    { weight: 1, arbitrary: tie('expression').map((inner) => `(${inner})`) },
    { weight: 1, arbitrary: tie('expression').map((inner) => `(?:${inner})`) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...flags), tie('expression')).map(([flag, inner]) => `(?${flag}:${inner})`),
    },
  ),
}));

/** Patterns in Python's syntax that RE2 can do, most of them quite meaningless. */
export const patterns: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('', '', '', '(?i)', '(?m)', '(?s)', '(?x)', '(?a)', '(?ai)'), expression)
  .map((parts) => parts.join(''));

/** Texts that such patterns often match in. */
export const texts: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('a', 'b', 'c', 'A', 'ä', 'Ä', '\n', ' ', '=', '1', '日', 'ö', '-', '_', '٣', '.', ':', ']'), {
    maxLength: 14,
  })
  .map((parts) => parts.join(''));

/** Bytes in which such patterns often match; some are not UTF-8. */
export const bytes: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: texts.map((text) => Buffer.from(text)) },
  {
    weight: 1,
    arbitrary: fc
      .array(
        fc.oneof(
          texts.map((text) => Buffer.from(text)),
          fc.constantFrom(...['ff', 'c3', 'e0a0', 'a0', '85', 'f0'].map((hex) => Buffer.from(hex, 'hex'))),
        ),
        { maxLength: 6 },
      )
      .map((parts) => Buffer.concat(parts)),
  },
);
