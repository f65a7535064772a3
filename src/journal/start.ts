import { probeArguments, type Start } from './arguments.ts';
import type { JournalSelection } from './selection.ts';
import type { Block } from './block.ts';
import { Decoder } from './decode.ts';
import { askJournalctl } from './journalctl.ts';
import type { Capabilities } from './probe.ts';

const PROBE_TIMEOUT_MS = 30_000;

/** Where a delivery without a checkpoint begins: `head`, `tail` (now), or seconds after the start of the current boot. */
export async function resolveStart(
  position: 'head' | 'tail' | number,
  selection: JournalSelection,
  capabilities: Capabilities,
): Promise<Start> {
  if (position === 'head') return { kind: 'head' };
  if (position === 'tail') return { kind: 'since', realtimeUs: Date.now() * 1000 };
  const bootUs = (await bootStartInJournal(selection, capabilities)) ?? ownBootStartUs();
  return { kind: 'since', realtimeUs: bootUs + position * 1e6 };
}

/**
 * When the current boot began, by the clock as the journal has it: the boot we run in or, in a journal from elsewhere
 * that does not know it, its last boot. Clocks are often set after a boot has begun, so its own entries tell best.
 */
async function bootStartInJournal(
  selection: JournalSelection,
  capabilities: Capabilities,
): Promise<number | undefined> {
  const { bootId } = capabilities;
  const own = bootId === undefined ? undefined : await bootStart(selection, capabilities, [`_BOOT_ID=${bootId}`]);
  return own ?? (await bootStart(selection, capabilities, []));
}

async function bootStart(
  selection: JournalSelection,
  { path, machineId }: Capabilities,
  matches: string[],
): Promise<number | undefined> {
  const { stdout } = await askJournalctl(path, probeArguments(selection, machineId, matches), PROBE_TIMEOUT_MS);
  const decoder = new Decoder();
  decoder.push(stdout);
  const block: Block = decoder.decode();
  const last = block.count - 1;
  return last < 0 ? undefined : block.realtimeUs(last) - block.monotonicUs(last);
}

function ownBootStartUs(): number {
  return Date.now() * 1000 - Number(process.hrtime.bigint() / 1000n);
}
