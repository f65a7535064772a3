import { excerptArguments } from './arguments.ts';
import type { JournalSelection } from './selection.ts';
import { Decoder } from './decode.ts';
import { askJournalctl } from './journalctl.ts';
import { LOSS_MESSAGE_IDS, lossesIn, type Loss } from './losses.ts';
import type { Capabilities } from './probe.ts';

const PROBE_TIMEOUT_MS = 10_000;
const LINES = 1000;
const MATCHES = ['_TRANSPORT=driver', ...Object.values(LOSS_MESSAGE_IDS).map((id) => `MESSAGE_ID=${id}`)];

/** All losses that journald tells of from this cursor on, with all fields, whatever the selection. */
export async function* findLosses(
  selection: JournalSelection,
  { path, machineId }: Capabilities,
  cursor: string,
): AsyncGenerator<Loss> {
  for (let from: string | undefined = cursor; from !== undefined;) {
    const args = await excerptArguments(selection, machineId, {
      lines: LINES,
      place: [`--cursor=${from}`, ...MATCHES],
    });
    const { stdout } = await askJournalctl(path, args, PROBE_TIMEOUT_MS);
    const decoder = new Decoder();
    decoder.push(stdout);
    const block = decoder.decode(LINES);
    yield* block.count === 0 ? [] : lossesIn(block, 0);
    from = block.count < LINES ? undefined : block.cursor(block.count - 1);
  }
}
