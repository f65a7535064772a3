import type { Bridge } from '../bridge.ts';

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
    const rate = (reader.read.entries / elapsedMs) * 1000;
    const senders = reader.progress().map(({ sender, queued, sentUs }) => {
      const lag = sentUs === 0 ? '' : `, ${seconds((reader.readUs - sentUs) / 1000)}`;
      return `${sender} ${grouped(queued)} behind${lag}`;
    });
    return `${reader.name}: ${grouped(reader.read.entries)} entries, ${grouped(rate)}/s; ${senders.join('; ')}`;
  });
  return parts.join(' | ');
}

/** What happened, one line a reader. */
export function summarize(bridge: Bridge, startMs: number): string {
  const elapsedMs = performance.now() - startMs;
  const lines = bridge.readers.map((reader) => {
    const { entries } = reader.read;
    const senders = reader.progress().map(({ sender, sent }) => `${sender} ${grouped(sent)}`);
    const rate = grouped((entries / elapsedMs) * 1000);
    const delivered = senders.length === 0 ? 'no senders' : `delivered: ${senders.join(', ')}`;
    return `${reader.name}: ${grouped(entries)} entries in ${seconds(elapsedMs)} (${rate}/s); ${delivered}\n`;
  });
  return lines.join('');
}

function grouped(count: number): string {
  // Not toLocaleString: that loads all of ICU for a comma.
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
