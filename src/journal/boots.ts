import { excerptArguments } from './arguments.ts';
import type { JournalSelection } from './selection.ts';
import { askJournalctl } from './journalctl.ts';
import type { Capabilities } from './probe.ts';

const TIMEOUT_MS = 20_000;

/**
 * The id of a boot as `_BOOT_ID` has it: 0 is the last one that the journal knows, -1 the one before; undefined: the
 * journal has no such boot. Throws JournalError.
 */
export async function bootIdAt(
  offset: number,
  selection: JournalSelection,
  { path, machineId }: Capabilities,
): Promise<string | undefined> {
  const args = await excerptArguments(selection, machineId, { place: [] });
  const place = args.filter((word) => !word.startsWith('--output'));
  const { stdout } = await askJournalctl(path, ['--list-boots', '--quiet', ...place], TIMEOUT_MS);
  return bootIn(stdout.toString('latin1'), offset);
}

/** Finds a boot in what `journalctl --list-boots` prints, with or without a head. */
function bootIn(list: string, offset: number): string | undefined {
  const lines = [...list.matchAll(/^\s*(-?\d+)\s+([0-9a-f]{32})\s/gm)];
  return lines.find(([, number]) => Number(number) === offset)?.[2];
}
