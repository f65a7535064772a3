/** The priorities of syslog by journalpump's names, the most important first: the index is the number. */
export const LEVEL_NAMES = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'] as const;

/** journalctl's names where they are others. */
export const SHORT_LEVEL_NAMES = ['EMERG', 'CRIT', 'ERR'] as const;

const SHORT: Readonly<Record<string, number>> = { EMERG: 0, CRIT: 2, ERR: 3 };

/** The number of a level that is given by name, in any case, or as a number from 0 to 7. */
export function levelNumber(level: string | number): number {
  if (typeof level === 'number') return level;
  const name = level.toUpperCase();
  return SHORT[name] ?? LEVEL_NAMES.findIndex((each) => each === name);
}
