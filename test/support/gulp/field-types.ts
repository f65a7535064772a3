import { isIP } from 'node:net';
import type { Scalar } from './documents.ts';

/** How the index holds a field; `text` stands for every type that takes any scalar. */
export type FieldType = 'text' | 'long' | 'float' | 'date' | 'boolean' | 'ip';

const longLimit = 2n ** 63n;

/** What Java's `Double.parseDouble` takes: also a suffix `d` or `f`, hexadecimal with a binary exponent, and blanks. */
const javaDouble =
  /^\s*[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[fd]?|0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)p[+-]?\d+[fd]?)\s*$/i;

const isoDate =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?)?$/;
const slashDate = /^(\d{4})\/(\d{2})\/(\d{2})(?: (\d{2}):(\d{2}):(\d{2}))?(?: ?(?:Z|[+-]\d{4}))?$/;

/** The type that a field has for ever after this value, by `numeric_detection` and `date_detection`. */
export function detectType(value: Scalar): FieldType {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'bigint') return 'long';
  if (typeof value === 'number') return Number.isInteger(value) ? 'long' : 'float';
  if (isLong(value)) return 'long';
  if (javaDouble.test(value)) return 'float';
  return isDate(value) ? 'date' : 'text';
}

/** Whether the index takes the value into a field of this type, after what coercion it does. */
export function fits(value: Scalar, type: FieldType): boolean {
  const text = String(value);
  switch (type) {
    case 'text':
      return true;
    case 'boolean':
      return typeof value === 'boolean' || ['true', 'false', ''].includes(text);
    case 'ip':
      return isIP(text) !== 0;
    case 'date':
      return typeof value !== 'boolean' && (isDate(text) || /^-?\d{1,18}$/.test(text));
    case 'float':
      return (
        typeof value !== 'boolean' && (text === '' || (isFinite(text) && Math.abs(Number.parseFloat(text)) < 3.5e38))
      );
    case 'long':
      return typeof value !== 'boolean' && (text === '' || isLong(text) || (isFinite(text) && isInLongRange(text)));
  }
}

function isLong(text: string): boolean {
  if (!/^[+-]?\d{1,30}$/.test(text)) return false;
  const count = BigInt(text.replace('+', ''));
  return count >= -longLimit && count < longLimit;
}

function isFinite(text: string): boolean {
  return javaDouble.test(text) && !/NaN|Infinity/i.test(text);
}

function isInLongRange(text: string): boolean {
  return Math.abs(Number.parseFloat(text)) < Number(longLimit);
}

function isDate(text: string): boolean {
  const parts = isoDate.exec(text) ?? slashDate.exec(text);
  if (!parts) return false;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part || '1'));
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  return isDay && hour < 24 && minute < 60 && second < 60;
}
