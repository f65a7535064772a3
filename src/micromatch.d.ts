// eslint-disable-next-line no-restricted-syntax -- the package comes without types, and this is how one gives it some
declare module 'micromatch' {
  interface Options {
    /** Flags of the regular expression. */
    readonly flags?: string;
    /** False: always the whole parser, which keeps characters of two UTF-16 units together. */
    readonly fastpaths?: boolean;
    /** False: brackets are always a set of characters, never text as well. */
    readonly literalBrackets?: boolean;
    /** True: throw where a glob cannot become a regular expression, instead of matching nothing. */
    readonly debug?: boolean;
  }

  /** The one function of micromatch that is used here. */
  const micromatch: { makeRe(glob: string, options?: Options): RegExp };
  export = micromatch;
}
