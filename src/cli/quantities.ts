const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;

/** `2 h 5 min`: the two largest units, tenths below ten seconds. */
export function duration(seconds: number): string {
  const whole = Math.max(0, seconds);
  if (!Number.isFinite(whole)) return '?';
  if (whole < 10) return `${Math.round(whole * 10) / 10} s`;
  const first = UNITS.findIndex((unit) => whole >= unit.seconds);
  const large = UNITS[first]!;
  const small = UNITS[first + 1];
  const count = Math.floor(whole / large.seconds);
  const rest = small === undefined ? 0 : Math.floor((whole % large.seconds) / small.seconds);
  return rest === 0 ? `${count} ${large.name}` : `${count} ${large.name} ${rest} ${small!.name}`;
}

/** `1,234,567` */
export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 GiB` */
export function size(bytes: number): string {
  const power = Math.max(0, Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${SIZES[power]!}`;
}
