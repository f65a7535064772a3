import type { Block } from '../journal/block.ts';

const KEY = Buffer.from('"timestamp": "');
const SECOND_DIGITS = 10;
const MICROSECOND_DIGITS = 6;

/** journalpump's `timestamp`: naive UTC ISO text with µs, which are left out when they are 0 (Python's `isoformat`). */
export class Timestamps {
  private readonly second = Buffer.alloc(SECOND_DIGITS);
  private text = Buffer.alloc(0);

  /** The text for entry i; the present time when the entry has none. */
  of(block: Block, i: number): string {
    return isoMicroseconds(block.realtimeUs(i) || Date.now() * 1000);
  }

  /** Writes `"timestamp": "…"` for a value in µs at `to[at]`; returns where it ends. Consecutive entries share the second. */
  writeMember(value: Buffer | undefined, to: Buffer, at: number): number {
    let o = at + KEY.copy(to, at);
    if (value?.length === SECOND_DIGITS + MICROSECOND_DIGITS) {
      if (!this.isSameSecond(value)) this.learnSecond(value);
      o += this.text.copy(to, o);
      o = writeFraction(value, to, o);
    } else {
      const us = Number(value?.toString('latin1')) || Date.now() * 1000;
      o += to.write(isoMicroseconds(us), o, 'latin1');
    }
    to[o++] = 0x22;
    return o;
  }

  private isSameSecond(value: Buffer): boolean {
    for (let i = SECOND_DIGITS - 1; i >= 0; i--) if (value[i] !== this.second[i]) return false;
    return true;
  }

  private learnSecond(value: Buffer): void {
    value.copy(this.second, 0, 0, SECOND_DIGITS);
    this.text = Buffer.from(isoSeconds(Number(value.toString('latin1', 0, SECOND_DIGITS))));
  }
}

/** `2026-11-20T23:10:05.123456`, without the fraction when it is 0. */
export function isoMicroseconds(us: number): string {
  const fraction = us % 1e6;
  const text = isoSeconds((us - fraction) / 1e6);
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(MICROSECOND_DIGITS, '0')}`;
}

function isoSeconds(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? isoSeconds(0) : date.toISOString().slice(0, 19);
}

function writeFraction(value: Buffer, to: Buffer, at: number): number {
  let isZero = true;
  for (let i = SECOND_DIGITS; i < value.length; i++) if (value[i] !== 0x30) isZero = false;
  if (isZero) return at;
  to[at] = 0x2e;
  return at + 1 + value.copy(to, at + 1, SECOND_DIGITS);
}
