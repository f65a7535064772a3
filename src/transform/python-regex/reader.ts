import { PatternError } from '../pattern/error.ts';

/** Goes through a pattern, or a text like it, character by character; characters are code points. */
export class RegexReader {
  private readonly chars: readonly string[];
  private readonly what: string;
  at = 0;

  constructor(source: string, what = 'pattern') {
    this.chars = Array.from(source);
    this.what = what;
  }

  get isAtEnd(): boolean {
    return this.at >= this.chars.length;
  }

  /** The character that comes next, or the one so many further; empty behind the end. */
  peek(ahead = 0): string {
    return this.chars[this.at + ahead] ?? '';
  }

  /** The next few characters, not stepped over. */
  ahead(count: number): string {
    return this.chars.slice(this.at, this.at + count).join('');
  }

  next(): string {
    return this.chars[this.at++] ?? '';
  }

  /** Steps over the text if it comes next. */
  take(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.at += text.length;
    return true;
  }

  startsWith(text: string): boolean {
    return this.ahead(text.length) === text;
  }

  /** The longest run of characters, at most `max`, that belong to the class. */
  run(characters: RegExp, max = Infinity): string {
    let text = '';
    while (text.length < max && characters.test(this.peek())) text += this.next();
    return text;
  }

  /** The text up to the terminator, which is stepped over; undefined when it does not come. */
  until(terminator: string): string | undefined {
    const end = this.chars.indexOf(terminator, this.at);
    if (end < 0) return undefined;
    const text = this.chars.slice(this.at, end).join('');
    this.at = end + 1;
    return text;
  }

  /** The text from an earlier place up to here. */
  since(start: number): string {
    return this.chars.slice(start, this.at).join('');
  }

  /** An error at a place, the present one unless given. */
  error(message: string, at = this.at): PatternError {
    return new PatternError(`${message} (character ${at + 1} of the ${this.what})`);
  }
}
