import { open } from 'node:fs/promises';
import { escapeUnsafe } from '../../unsafe-text.ts';
import { keptPayload, type DeadLetter } from '../../state/dead-letter.ts';
import { readLetters, type DeadLetterFile } from '../../state/dead-letter-file.ts';

const FIRST = 5;

interface Preview {
  count: number;
  unreadable: number;
  readonly reasons: Map<string, number>;
  readonly first: DeadLetter[];
  oldest: string | undefined;
  newest: string | undefined;
}

/** What `redrive` would send, as text for a person. */
export async function previewOf(name: string, file: DeadLetterFile, showsPayloads: boolean): Promise<string> {
  const preview: Preview = {
    count: 0,
    unreadable: 0,
    reasons: new Map(),
    first: [],
    oldest: undefined,
    newest: undefined,
  };
  for (const { path } of await file.segments()) {
    await using segment = await open(path, 'r');
    for await (const { letter } of readLetters(segment)) take(preview, letter);
  }
  if (preview.count + preview.unreadable === 0) return `${escapeUnsafe(name)}: no dead letters\n`;
  return `${linesFor(name, file.path, preview, showsPayloads).map(escapeUnsafe).join('\n')}\n`;
}

/** `3 × because`, the most frequent reason first. */
export function reasonLines(reasons: ReadonlyMap<string, number>): string[] {
  return [...reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) => `  ${count} × ${reason}`);
}

/** `1 dead letter`, `2 dead letters`. */
export function lettersText(count: number): string {
  return `${count} dead letter${count === 1 ? '' : 's'}`;
}

function take(preview: Preview, letter: DeadLetter | undefined): void {
  if (letter === undefined) {
    preview.unreadable++;
    return;
  }
  const { reason, time } = letter;
  preview.count++;
  preview.reasons.set(reason, (preview.reasons.get(reason) ?? 0) + 1);
  if (preview.oldest === undefined || time < preview.oldest) preview.oldest = time;
  if (preview.newest === undefined || time > preview.newest) preview.newest = time;
  if (preview.first.length < FIRST) preview.first.push(letter);
}

function linesFor(name: string, path: string, preview: Preview, showsPayloads: boolean): string[] {
  const { count, unreadable, reasons, first, oldest, newest } = preview;
  const lines = [`${name}: ${lettersText(count)} would be sent, from ${path}`];
  if (unreadable > 0) lines.push(`  ${unreadable} lines are no dead letters and would stay`);
  if (count === 0) return lines;
  lines.push(`  refused between ${String(oldest)} and ${String(newest)}`, ...reasonLines(reasons));
  lines.push(count > first.length ? `  the first ${first.length}:` : '  they are:');
  for (const letter of first) {
    const about = letter.cursor_is_approximate === true ? 'shortly before ' : '';
    lines.push(`    ${about}${letter.cursor} (attempts: ${letter.attempts})`);
    if (showsPayloads) lines.push(`      ${keptPayload(letter).toString().trimEnd()}`);
  }
  return lines;
}
