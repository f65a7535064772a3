/**
 * What journalpump's Python makes of a value, so that its JSON comes out the same: `int`, `uuid.UUID`, `float / 10**6`,
 * `repr(bytes)` and `json.dumps` of CPython 3.11.
 */

/** JSON text of `int(value)`, with all digits however many; undefined where Python raises ValueError. */
export function pythonInt(value: string): string | undefined {
  const match = /^[ \t\n\r\v\f]*([+-]?)(\d[\d_]*)[ \t\n\r\v\f]*$/.exec(value);
  if (match === null) return undefined;
  const [, sign, text] = match as unknown as [string, string, string];
  if (text.endsWith('_') || text.includes('__')) return undefined;
  const digits = text.replaceAll('_', '').replace(/^0+(?=\d)/, '');
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** `str(uuid.UUID(value))`; undefined where Python raises ValueError. */
export function pythonUuid(value: string): string | undefined {
  const hex = withoutBraces(value.replaceAll('urn:', '').replaceAll('uuid:', '')).replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) return undefined;
  return hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** `value.strip('{}')`; by a loop, because a pattern takes the square of the length of braces in the middle. */
function withoutBraces(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && '{}'.includes(value[start]!)) start++;
  while (end > start && '{}'.includes(value[end - 1]!)) end--;
  return value.slice(start, end);
}

/** JSON text of `int(value) / 1000000.0`, µs to seconds; undefined where it is no integer. */
export function pythonSeconds(value: string): string | undefined {
  const digits = pythonInt(value);
  if (digits === undefined) return undefined;
  const seconds = Number(digits) / 1e6;
  if (!Number.isFinite(seconds)) return undefined;
  return pythonFloat(seconds);
}

/** `repr(float)`: JavaScript's digits with Python's exponent rule and a `.0` where there is no fraction. */
function pythonFloat(value: number): string {
  const magnitude = Math.abs(value);
  if (value !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
    return `${mantissa}e${exponent[0]!}${exponent.slice(1).padStart(2, '0')}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** `repr(bytes)`: `b'…'` with `\xNN` for all that is no printable ASCII. */
export function pythonRepr(value: Uint8Array): string {
  const quote = reprQuote(value);
  return `b${quote}${reprOf(value, quote)}${quote}`;
}

/** The quotes that `repr(bytes)` puts around these bytes. */
export function reprQuote(value: Uint8Array): string {
  return value.includes(0x27) && !value.includes(0x22) ? '"' : "'";
}

/** What `repr(bytes)` puts between its quotes for a part of the bytes. */
export function reprOf(part: Uint8Array, quote: string): string {
  let text = '';
  for (const byte of part) text += reprByte(byte, quote);
  return text;
}

function reprByte(byte: number, quote: string): string {
  const char = String.fromCharCode(byte);
  if (char === quote || char === '\\') return `\\${char}`;
  if (byte >= 0x20 && byte < 0x7f) return char;
  const short = { 9: '\\t', 10: '\\n', 13: '\\r' }[byte];
  return short ?? `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** `json.dumps(value)`: `", "` and `": "` between, ASCII only. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${pythonJson(key)}: ${pythonJson(member)}`);
    return `{${members.join(', ')}}`;
  }
  if (typeof value === 'string') return escapeNonAscii(JSON.stringify(value));
  if (typeof value === 'number' && !Number.isInteger(value)) return pythonFloat(value);
  return JSON.stringify(value);
}

/** `ensure_ascii` for a text that is JSON already. */
function escapeNonAscii(json: string): string {
  // Everything outside printable ASCII, as CPython's ESCAPE_ASCII.
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
