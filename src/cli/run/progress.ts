import type { Bridge } from '../../bridge.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';

const REFRESH_MS = 250;

/** On a terminal, keeps one line on stderr up to date; returns what wipes it. */
export function showProgress(bridge: Bridge, startMs: number): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  const timer = setInterval(() => {
    const width = process.stderr.columns - 1;
    process.stderr.write(`\r\x1b[K${progressLine(bridge, performance.now() - startMs).slice(0, width)}`);
  }, REFRESH_MS);
  return () => {
    clearInterval(timer);
    process.stderr.write('\r\x1b[K');
  };
}

/** Entries, rate, and how far each sender is behind, in entries and in the time of the entries. */
export function progressLine(bridge: Bridge, elapsedMs: number): string {
  const parts = bridge.readers.map((reader) => {
    const { readEntries, senders } = reader.stats();
    const rate = (readEntries / elapsedMs) * 1000;
    const lags = senders.map(({ name, queueEntries, acknowledgedUs }) => {
      // Before the first entry is read, the place that the last run has left is ahead of it.
      const lagUs = Math.max(0, (reader.feeds.lead?.lastUs ?? 0) - (acknowledgedUs ?? 0));
      const lag = acknowledgedUs === undefined ? '' : `, ${seconds(lagUs / 1000)}`;
      return `${name} ${grouped(queueEntries)} behind${lag}`;
    });
    return `${reader.name}: ${grouped(readEntries)} entries, ${grouped(rate)}/s; ${lags.join('; ')}`;
  });
  return escapeUnsafe(parts.join(' | '));
}

/** What happened, one line a reader. */
export function summarize(bridge: Bridge, startMs: number): string {
  const elapsedMs = performance.now() - startMs;
  const lines = bridge.readers.map((reader) => {
    const { readEntries, senders } = reader.stats();
    const sent = senders.map(
      ({ name, sentEntries, rejectedEntries: refused }) =>
        `${name} ${grouped(sentEntries)}${refused > 0 ? ` (${grouped(refused)} refused)` : ''}`,
    );
    const rate = grouped((readEntries / elapsedMs) * 1000);
    const delivered = sent.length === 0 ? 'no senders' : `delivered: ${sent.join(', ')}`;
    const read = `${grouped(readEntries)} ${readEntries === 1 ? 'entry' : 'entries'}`;
    return `${reader.name}: ${read} in ${seconds(elapsedMs)} (${rate}/s); ${delivered}`;
  });
  return lines.map((line) => `${escapeUnsafe(line)}\n`).join('');
}

function grouped(count: number): string {
  // Not toLocaleString: that loads all of ICU for a comma.
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
