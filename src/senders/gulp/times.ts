const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  min: 60,
  m: 60,
  minute: 60,
  h: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
  w: 604_800,
  week: 604_800,
};

const RELATIVE = /^-\s*(\d{1,9})\s*([a-z]+?)s?$|^(\d{1,9})\s*([a-z]+?)s?\s+ago$/i;
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,](\d{1,9}))?)?))?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;

/**
 * A point in time as people and programs give it, in µs since 1970: `now`, `-2h`, `7 days ago`, an ISO time (in UTC unless it
 * names a zone), or seconds, ms, µs or ns since 1970, told apart by their size. Undefined: it is none.
 */
export function parseTime(value: string | number, nowUs: number): number | undefined {
  if (typeof value === 'number') return epochUs(value);
  const text = value.trim();
  if (text.toLowerCase() === 'now') return nowUs;
  if (/^\d{1,20}(\.\d+)?$/.test(text)) return epochUs(Number(text));
  return relativeUs(text, nowUs) ?? isoUs(text);
}

function epochUs(value: number): number | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  if (value < 1e11) return Math.round(value * 1e6);
  if (value < 1e14) return Math.round(value * 1e3);
  if (value < 1e17) return Math.round(value);
  return value < 1e20 ? Math.round(value / 1e3) : undefined;
}

function relativeUs(text: string, nowUs: number): number | undefined {
  const [, count = '', unit = '', countAgo = '', unitAgo = ''] = RELATIVE.exec(text) ?? [];
  const name = (unit || unitAgo).toLowerCase();
  const seconds = Object.hasOwn(UNIT_SECONDS, name) ? UNIT_SECONDS[name] : undefined;
  return seconds === undefined ? undefined : Math.max(0, nowUs - Number(count || countAgo) * seconds * 1e6);
}

function isoUs(text: string): number | undefined {
  const [, day, time = '00:00', fraction = '', zone = 'Z'] = ISO.exec(text) ?? [];
  if (day === undefined) return undefined;
  const offset = zone.toUpperCase() === 'UTC' ? 'Z' : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase();
  const whole = time.replace(/[.,]\d+$/, '');
  const ms = Date.parse(`${day}T${whole.length === 5 ? `${whole}:00` : whole}${offset}`);
  if (Number.isNaN(ms) || ms < 0) return undefined;
  return ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
