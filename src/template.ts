/** A text with `{FIELD}` and `%Y` in it, to be filled in for each entry. */
export interface Template {
  /** The fields it names, each once, without leading underscores: what `readHead` is to give as `values`. */
  readonly fields: readonly string[];
  /** The text with nothing to fill in before its first place; where nothing is filled in, all of it. */
  readonly prefix: string;
  /** The text with `*` for each of its places. */
  readonly pattern: string;
  /** The text in pieces. */
  readonly parts: readonly TemplatePart[];
  /**
   * The text for an entry: `values` as in its head, its time in µs since 1970 (UTC is told). `safe` makes a value fit for
   * the place it goes to; a field that the entry lacks becomes the fallback of its place, `default` unless told.
   */
  render(values: readonly (string | null)[], realtimeUs: number, safe: (value: string) => string): string;
}

/** A literal text, a field by its place in `fields`, or a part of the time by its letter. */
export type TemplatePart = string | { readonly field: number; readonly fallback: string } | { readonly time: string };

const PART = /\{\{|\}\}|%%|\{([A-Za-z_][A-Za-z0-9_]*)(?::([^{}]*))?\}|%([A-Za-z])|[{}%]|[^{}%]+/g;
const LITERAL: Readonly<Record<string, string>> = { '{{': '{', '}}': '}', '%%': '%' };
const DEFAULT_FALLBACK = 'default';

/** What strftime(3) makes of these letters, from `2026-11-20T23:10:05.123Z`. */
const TIME: Readonly<Record<string, (iso: string, date: Date) => string>> = {
  Y: (iso) => iso.slice(0, 4),
  m: (iso) => iso.slice(5, 7),
  d: (iso) => iso.slice(8, 10),
  H: (iso) => iso.slice(11, 13),
  M: (iso) => iso.slice(14, 16),
  S: (iso) => iso.slice(17, 19),
  y: (iso) => iso.slice(2, 4),
  F: (iso) => iso.slice(0, 10),
  j: (_, date) =>
    String(Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / 864e5) + 1).padStart(3, '0'),
};

/**
 * Reads a template: `{FIELD}` or `{FIELD:fallback}` for a field, `%Y %m %d %H %M %S %y %F %j` for the time as in
 * strftime(3); `{{`, `}}` and `%%` stand for themselves. Throws an Error with a sentence when it cannot be used.
 */
export function parseTemplate(text: string): Template {
  const fields: string[] = [];
  const parts = [...text.matchAll(PART)].map((match) => partOf(match, fields));
  const times = new Times();
  const firstPlace = parts.findIndex((part) => typeof part !== 'string');
  const literals = parts.slice(0, firstPlace < 0 ? undefined : firstPlace) as string[];
  return {
    fields,
    parts,
    prefix: literals.join(''),
    pattern: parts
      .map((part) => (typeof part === 'string' ? part : '*'))
      .join('')
      .replace(/\*{2,}/g, '*'),
    render: (values, realtimeUs, safe) => {
      let rendered = '';
      for (const part of parts) {
        if (typeof part === 'string') rendered += part;
        else if ('time' in part) rendered += times.of(part.time, realtimeUs);
        else rendered += safe(values[part.field] ?? part.fallback);
      }
      return rendered;
    },
  };
}

function partOf([whole, field, fallback, letter]: RegExpExecArray, fields: string[]): TemplatePart {
  if (field !== undefined) return { field: indexIn(fields, field), fallback: fallback ?? DEFAULT_FALLBACK };
  if (letter !== undefined && Object.hasOwn(TIME, letter)) return { time: letter };
  const literal = LITERAL[whole] ?? whole;
  if (literal === whole && /^[{}%]/.test(whole)) {
    const known = Object.keys(TIME).map((time) => `%${time}`);
    throw new Error(
      `"${whole}" cannot stand here: a field is {FIELD} or {FIELD:fallback}, the time ${known.join(' ')}; double {{, }} and %% for the signs themselves`,
    );
  }
  return literal;
}

function indexIn(fields: string[], field: string): number {
  const key = field.replace(/^_+/, '');
  if (key === '') throw new Error(`"{${field}}" names no field`);
  if (!fields.includes(key)) fields.push(key);
  return fields.indexOf(key);
}

/** Texts of the second asked for last: consecutive entries share it. */
class Times {
  private second = NaN;
  private iso = '';
  private date = new Date(0);

  of(letter: string, realtimeUs: number): string {
    const second = Math.floor(realtimeUs / 1e6);
    if (second !== this.second) this.learn(second);
    return TIME[letter]!(this.iso, this.date);
  }

  private learn(second: number): void {
    const date = new Date(second * 1000);
    this.second = second;
    this.date = Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? new Date(0) : date;
    this.iso = this.date.toISOString();
  }
}
