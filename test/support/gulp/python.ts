import { createHash } from 'node:crypto';

/** JSON as Python's `json.dumps` writes it: a space behind `,` and `:`, only ASCII; keys sorted if asked. */
export function dumps(value: unknown, { sortKeys = false }: { readonly sortKeys?: boolean } = {}): string {
  if (Array.isArray(value)) return `[${value.map((item) => dumps(item, { sortKeys })).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return asciiOnly(JSON.stringify(value));
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (sortKeys) entries.sort(([a], [b]) => byCodePoints(a, b));
  return `{${entries.map(([key, inner]) => `${asciiOnly(JSON.stringify(key))}: ${dumps(inner, { sortKeys })}`).join(', ')}}`;
}

/** A value as Python's `repr` writes it. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${repr(key)}: ${repr(inner)}`)
    .join(', ')}}`;
}

/** The name of a JSON value's Python type. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return { string: 'str', boolean: 'bool', object: 'dict' }[typeof value as string] ?? typeof value;
}

/** As hexadecimal digits. */
export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Double quotes only where they save escapes. */
function quote(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
  if (text.includes("'") && !text.includes('"')) return `"${escaped}"`;
  return `'${escaped.replaceAll("'", "\\'")}'`;
}

function asciiOnly(json: string): string {
  return json.replaceAll(/[\u007f-\uffff]/g, (unit) =>
    unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Python compares strings by code points, JavaScript by UTF-16 units. */
function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
