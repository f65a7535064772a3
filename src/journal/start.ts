import { excerptArguments, probeArguments, type Start } from './arguments.ts';
import type { JournalSelection } from './selection.ts';
import type { Block } from './block.ts';
import { Decoder } from './decode.ts';
import { NAME } from './field-names.ts';
import { askJournalctl, Journalctl } from './journalctl.ts';
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
  const boot = await bootInJournal(selection, capabilities);
  const bootUs = boot?.startUs ?? ownBootStartUs();
  return { kind: 'since', realtimeUs: Math.max(bootUs + position * 1e6, boot?.firstUs ?? 0) };
}

interface Boot {
  readonly startUs: number;
  /** The time of its first entry. Where a clock was set back, an earlier boot has entries that are later than `startUs`. */
  readonly firstUs: number | undefined;
}

/**
 * The current boot, by the clock as the journal has it: the boot we run in or, in a journal from elsewhere that does not
 * know it, its last boot. Clocks are often set after a boot has begun, so its own entries tell best.
 */
async function bootInJournal(selection: JournalSelection, capabilities: Capabilities): Promise<Boot | undefined> {
  const { bootId } = capabilities;
  const own = bootId === undefined ? undefined : await lastEntry(selection, capabilities, [`_BOOT_ID=${bootId}`]);
  const last = own ?? (await lastEntry(selection, capabilities, []));
  if (last === undefined) return undefined;
  const boot = last.find(0, NAME.BOOT_ID);
  const match = boot < 0 ? [] : [`_BOOT_ID=${last.text(boot)}`];
  const first = boot < 0 ? undefined : await firstEntry(selection, capabilities, match);
  return { startUs: last.realtimeUs(0) - last.monotonicUs(0), firstUs: first?.realtimeUs(0) };
}

async function lastEntry(
  selection: JournalSelection,
  { path, machineId }: Capabilities,
  matches: string[],
): Promise<Block | undefined> {
  const { stdout } = await askJournalctl(path, await probeArguments(selection, machineId, matches), PROBE_TIMEOUT_MS);
  const decoder = new Decoder();
  decoder.push(stdout);
  const block: Block = decoder.decode(1);
  return block.count === 0 ? undefined : block;
}

// journalctl has no option for "the first one only" (--lines=+1 came with 254), so it is ended when that has come.
async function firstEntry(
  selection: JournalSelection,
  { path, machineId }: Capabilities,
  matches: string[],
): Promise<Block | undefined> {
  const args = await excerptArguments(selection, machineId, { place: matches });
  const decoder = new Decoder();
  let first: Block | undefined;
  return new Promise((resolve) => {
    const run = new Journalctl(path, args, {
      chunk: (bytes) => {
        decoder.push(bytes);
        const block = decoder.decode(1);
        if (block.count === 0) return;
        first ??= block;
        run.stop();
      },
      complaint: () => undefined,
      exit: () => {
        clearTimeout(timer);
        resolve(first);
      },
    });
    const timer = setTimeout(() => {
      run.stop();
    }, PROBE_TIMEOUT_MS);
  });
}

function ownBootStartUs(): number {
  return Date.now() * 1000 - Number(process.hrtime.bigint() / 1000n);
}
