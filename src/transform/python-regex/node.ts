/** How a letter is compared: as it stands, or in any case by Unicode's or only ASCII's rules. */
export type Case = 'exact' | 'any' | 'any-ascii';

/** A class escape: `\d`, `\w`, `\s` or the negation of one. */
export type Category = 'd' | 'w' | 's' | 'D' | 'W' | 'S';

/** A set of characters as it is written in brackets, or as a class escape by itself. */
export interface CharacterSet {
  readonly isNegated: boolean;
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly categories: readonly Category[];
  /** Whether the categories know ASCII only, as after `(?a)`. */
  readonly isAscii: boolean;
}

/**
 * Where an assertion holds. `end` is Python's `$`: also before a newline that is the last character. Of the boundaries of
 * words the first knows all letters.
 */
export type Place =
  'start' | 'line-start' | 'end' | 'line-end' | 'very-end' | 'boundary' | 'ascii-boundary' | 'no-boundary';

/** A pattern of Python's `re`, flags already applied to each node. */
export type RegexNode =
  | { readonly kind: 'literal'; readonly code: number; readonly case: Case }
  | { readonly kind: 'set'; readonly set: CharacterSet; readonly case: Case }
  | { readonly kind: 'any'; readonly isNewlineToo: boolean }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly items: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly item: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'group'; readonly item: RegexNode; readonly index: number };

/** A parsed pattern and its groups. */
export interface Regex {
  readonly root: RegexNode;
  readonly groupCount: number;
  /** Number of each named group. */
  readonly names: ReadonlyMap<string, number>;
}
