/**
 * What CPython makes of bytes and values, step by step as its own sources do it. Slow and obvious on purpose;
 * `python-check.test.ts` holds it against a real Python.
 */

const SPACES = ' \t\n\r\v\f';
const DIGITS = '0123456789';
const HEX_DIGITS = '0123456789abcdefABCDEF';

/** `int(value)`, without the limit of 4300 digits that newer Pythons have; undefined for ValueError. */
export function int(value: Buffer): bigint | undefined {
  let chars = Array.from(value, (byte) => String.fromCharCode(byte));
  while (chars.length > 0 && SPACES.includes(chars[0]!)) chars = chars.slice(1);
  while (chars.length > 0 && SPACES.includes(chars.at(-1)!)) chars = chars.slice(0, -1);
  const isNegative = chars[0] === '-';
  if (chars[0] === '-' || chars[0] === '+') chars = chars.slice(1);
  if (chars.length === 0) return undefined;
  for (const [n, char] of chars.entries()) {
    const isSeparator = char === '_' && DIGITS.includes(chars[n - 1] ?? 'x') && DIGITS.includes(chars[n + 1] ?? 'x');
    if (!DIGITS.includes(char) && !isSeparator) return undefined;
  }
  const magnitude = BigInt(chars.filter((char) => char !== '_').join(''));
  return isNegative ? -magnitude : magnitude;
}

/**
 * `str(uuid.UUID(value.decode()))`; undefined for ValueError. Only hexadecimal digits count: that Python takes
 * `0x…`, spaces and underscores among the 32, too, is an accident which nobody has asked for.
 */
export function uuid(value: Buffer): string | undefined {
  let hex = value.toString('latin1').split('urn:').join('').split('uuid:').join('');
  while (hex.startsWith('{') || hex.startsWith('}')) hex = hex.slice(1);
  while (hex.endsWith('{') || hex.endsWith('}')) hex = hex.slice(0, -1);
  hex = hex.split('-').join('');
  if (hex.length !== 32 || Array.from(hex).some((char) => !HEX_DIGITS.includes(char))) return undefined;
  const digits = hex.toLowerCase();
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => digits.slice(from, to))
    .join('-');
}

/** `repr(number)` of a float. */
export function floatRepr(number: number): string {
  const [mantissa, power] = number.toExponential().split('e') as [string, string];
  const sign = mantissa.startsWith('-') || Object.is(number, -0) ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]!}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 1, '0');
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`;
}

/** `repr(value)` of bytes. */
export function bytesRepr(value: Buffer): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const names = new Map([
    [9, '\\t'],
    [10, '\\n'],
    [13, '\\r'],
    [0x5c, '\\\\'],
    [quote.charCodeAt(0), `\\${quote}`],
  ]);
  const chars = [...value].map((byte) => {
    const name = names.get(byte);
    if (name !== undefined) return name;
    return byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte);
  });
  return `b${quote}${chars.join('')}${quote}`;
}

/** `json.dumps(text)`. */
export function jsonText(text: string): string {
  const names = new Map([
    ['"', '\\"'],
    ['\\', '\\\\'],
    ['\n', '\\n'],
    ['\r', '\\r'],
    ['\t', '\\t'],
    ['\f', '\\f'],
    ['\b', '\\b'],
  ]);
  let json = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    const code = text.charCodeAt(at);
    json += names.get(char) ?? (code < 0x20 || code > 0x7e ? `\\u${code.toString(16).padStart(4, '0')}` : char);
  }
  return `"${json}"`;
}

/** `json.dumps(value)` of what a JSON config can hold; whole numbers are ints. */
export function json(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonText(value);
  if (typeof value === 'number') return Number.isInteger(value) ? JSON.stringify(value) : floatRepr(value);
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, member]) => `${jsonText(key)}: ${json(member)}`)
      .join(', ')}}`;
  }
  return value === true ? 'true' : 'false';
}
