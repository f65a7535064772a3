import type { JournalFlag } from './schema.ts';

const BITS: readonly (readonly [JournalFlag, number])[] = [
  ['LOCAL_ONLY', 1],
  ['RUNTIME_ONLY', 2],
  ['SYSTEM', 4],
  ['CURRENT_USER', 8],
  ['OS_ROOT', 16],
];

/** The flags that the value of `journal_flags` stands for, each once by its one name; nothing for what is no flag. */
export function journalFlagsOf(value: unknown): JournalFlag[] {
  if (typeof value === 'number') return BITS.filter(([, bit]) => (value & bit) !== 0).map(([name]) => name);
  const words: readonly unknown[] = Array.isArray(value) ? value : [];
  return BITS.map(([name]) => name).filter(
    (name) => words.includes(name) || (name === 'SYSTEM' && words.includes('SYSTEM_ONLY')),
  );
}
