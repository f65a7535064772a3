import type { Block } from '../journal/block.ts';
import { NAME } from '../journal/field-names.ts';
import { copyShort, isPlainInteger } from './value.ts';

const KEY = Buffer.from('"timestamp": "');
const SECOND_DIGITS = 10;
const MICROSECOND_DIGITS = 6;
const ZERO = 0x30;
const NINE = 0x39;
/** Seconds from which on a year has five digits; no such time is real, and ISO text has no place for it. */
const YEAR_10000 = 253_402_300_800;

/** journalpump's `timestamp`: naive UTC ISO text with µs, which are left out when they are 0 (Python's `isoformat`). */
export class Timestamps {
  private readonly second = Buffer.alloc(SECOND_DIGITS);
  private text = Buffer.alloc(0);

  /** The text for entry i; the present time when the entry has none. */
  of(block: Block, i: number): string {
    const f = block.find(i, NAME.REALTIME);
    const digits = f < 0 ? '' : block.text(f);
    return isoOfDigits(/^(?!0+$)\d{1,20}$/.test(digits) ? digits : String(Date.now() * 1000));
  }

  /** Writes `"timestamp": "…"` for entry i at `to[at]`; returns where it ends. Consecutive entries share the second. */
  writeMember(block: Block, i: number, to: Buffer, at: number): number {
    const f = block.find(i, NAME.REALTIME);
    const start = f < 0 ? 0 : block.start[f]!;
    const end = f < 0 ? 0 : block.end[f]!;
    let o = copyShort(KEY, 0, KEY.length, to, at);
    if (end - start === SECOND_DIGITS + MICROSECOND_DIGITS && this.isPlainTime(block.bytes, start)) {
      o = copyShort(this.text, 0, this.text.length, to, o);
      o = writeFraction(block.bytes, start + SECOND_DIGITS, to, o);
    } else o += to.write(this.of(block, i), o, 'latin1');
    to[o++] = 0x22;
    return o;
  }

  /** Whether it is a number; if so, its second is the one that `text` tells. */
  private isPlainTime(bytes: Buffer, start: number): boolean {
    for (let i = start + SECOND_DIGITS; i < start + SECOND_DIGITS + MICROSECOND_DIGITS; i++) {
      if (bytes[i]! < ZERO || bytes[i]! > NINE) return false;
    }
    if (this.isSameSecond(bytes, start)) return true;
    if (!isPlainInteger(bytes, start, start + SECOND_DIGITS)) return false;
    this.learnSecond(bytes, start);
    return true;
  }

  private isSameSecond(bytes: Buffer, start: number): boolean {
    const { second } = this;
    for (let i = SECOND_DIGITS - 1; i >= 0; i--) if (bytes[start + i] !== second[i]) return false;
    return true;
  }

  private learnSecond(bytes: Buffer, start: number): void {
    bytes.copy(this.second, 0, start, start + SECOND_DIGITS);
    this.text = Buffer.from(isoSeconds(Number(this.second.toString('latin1'))));
  }
}

/** `2026-11-20T23:10:05.123456` of µs since 1970, with all six digits. */
export function isoMicroseconds(realtimeUs: number): string {
  const seconds = Math.floor(realtimeUs / 1e6);
  return `${isoSeconds(seconds)}.${String(realtimeUs - seconds * 1e6).padStart(MICROSECOND_DIGITS, '0')}`;
}

/** `2026-11-20T23:10:05.123456` of µs since 1970, without the fraction when it is 0. */
function isoOfDigits(digits: string): string {
  const fraction = digits.slice(-MICROSECOND_DIGITS).padStart(MICROSECOND_DIGITS, '0');
  const text = isoSeconds(Number(digits.slice(0, -MICROSECOND_DIGITS)));
  return /^0+$/.test(fraction) ? text : `${text}.${fraction}`;
}

function isoSeconds(seconds: number): string {
  return new Date(seconds < YEAR_10000 ? seconds * 1000 : 0).toISOString().slice(0, 19);
}

function writeFraction(bytes: Buffer, start: number, to: Buffer, at: number): number {
  const end = start + MICROSECOND_DIGITS;
  let isZero = true;
  for (let i = start; i < end; i++) if (bytes[i] !== 0x30) isZero = false;
  if (isZero) return at;
  to[at] = 0x2e;
  return copyShort(bytes, start, end, to, at + 1);
}
