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

const RELATIVE = /^([+-])\s*((?:\d{1,9}\s*[a-z]+\s*)+)$/i;
const AGO = /^((?:\d{1,9}\s*[a-z]+\s+)+)ago$/i;
/** A thousand years. */
const MAX_SPAN_US = 365_250 * 86_400e6;
const DAY_US = 86_400e6;
/** Days by name, in UTC as ISO times without a zone are. */
const DAYS: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1 };
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,](\d{1,9}))?)?))?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;

/**
 * A point in time as people and programs give it, in µs since 1970: `now`, `-2h`, `+1h 30min`, `7 days ago`, `yesterday`, an ISO time (in UTC unless it
 * names a zone), or seconds, ms, µs or ns since 1970, told apart by their size. Undefined: it is none.
 */
export function parseTime(value: string | number, nowUs: number): number | undefined {
  if (typeof value === 'number') return epochUs(value);
  const text = value.trim();
  if (text.toLowerCase() === 'now') return nowUs;
  if (/^\d{1,20}(\.\d+)?$/.test(text)) return epochUs(Number(text));
  return relativeUs(text, nowUs) ?? dayUs(text, nowUs) ?? isoUs(text);
}

function epochUs(value: number): number | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  if (value < 1e11) return Math.round(value * 1e6);
  if (value < 1e14) return Math.round(value * 1e3);
  if (value < 1e17) return Math.round(value);
  return value < 1e20 ? Math.round(value / 1e3) : undefined;
}

function relativeUs(text: string, nowUs: number): number | undefined {
  const [, sign, span] = RELATIVE.exec(text) ?? [undefined, '-', AGO.exec(text)?.[1]];
  const us = span === undefined ? undefined : spanUs(span);
  if (us === undefined || us > MAX_SPAN_US) return undefined;
  return Math.max(0, sign === '+' ? nowUs + us : nowUs - us);
}

/** `1h 30min` */
function spanUs(span: string): number | undefined {
  let seconds = 0;
  for (const [, count, unit = ''] of span.matchAll(/(\d+)\s*([a-z]+)/gi)) {
    const name = unit.toLowerCase();
    const known = [name, name.replace(/s$/, '')].find((each) => Object.hasOwn(UNIT_SECONDS, each));
    if (known === undefined) return undefined;
    seconds += Number(count) * UNIT_SECONDS[known]!;
  }
  return seconds * 1e6;
}

function dayUs(text: string, nowUs: number): number | undefined {
  const name = text.toLowerCase();
  return Object.hasOwn(DAYS, name) ? (Math.floor(nowUs / DAY_US) + DAYS[name]!) * DAY_US : undefined;
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
