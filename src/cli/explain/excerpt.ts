import { JournalError } from '../../errors.ts';
import { excerptArguments } from '../../journal/arguments.ts';
import type { JournalSelection } from '../../journal/selection.ts';
import { Journalctl } from '../../journal/journalctl.ts';
import type { Capabilities } from '../../journal/probe.ts';
import type { ExplainFrom } from './options.ts';
import { UsageError } from '../usage-error.ts';

/** Which entries of a reader's journal, and who hears what journalctl says about them. */
export interface ExcerptOptions {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  readonly from: ExplainFrom;
  readonly lines: number;
  readonly complain: (line: string) => void;
}

/**
 * What journalctl writes in export format, piece by piece, at the pace at which the pieces are taken; ends it when no
 * more are wanted. Throws JournalError when it fails, UsageError when it does not understand the time.
 */
export async function* readExcerpt(options: ExcerptOptions): AsyncGenerator<Buffer, void, void> {
  const { selection, capabilities } = options;
  const run = new Run(options, await excerptArguments(selection, capabilities.machineId, placeOf(options)));
  try {
    for (let chunk = await run.next(); chunk !== undefined; chunk = await run.next()) yield chunk;
    run.judge();
  } finally {
    await run.stop();
  }
}

/** One journalctl, which writes no more than is taken. */
class Run {
  private readonly options: ExcerptOptions;
  private readonly journalctl: Journalctl;
  private readonly chunks: Buffer[] = [];
  private readonly complaints: string[] = [];
  private end: Parameters<ConstructorParameters<typeof Journalctl>[2]['exit']>[0] | undefined;
  private wake: () => void = () => undefined;

  constructor(options: ExcerptOptions, args: readonly string[]) {
    this.options = options;
    this.journalctl = new Journalctl(options.capabilities.path, args, {
      chunk: (bytes) => {
        this.chunks.push(Buffer.from(bytes));
        this.journalctl.pause();
        this.wake();
      },
      complaint: (line) => {
        this.complaints.push(line);
        options.complain(line);
      },
      exit: (end) => {
        this.end = end;
        this.wake();
      },
    });
  }

  /** The next piece; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    while (this.chunks.length === 0 && this.end === undefined) {
      this.journalctl.resume();
      await this.news();
    }
    return this.chunks.shift();
  }

  async stop(): Promise<void> {
    if (this.end === undefined) this.journalctl.stop();
    while (this.end === undefined) await this.news();
  }

  /** Throws when it has not ended well. */
  judge(): void {
    const { code = null, signal = null, failure } = this.end ?? {};
    const { from } = this.options;
    if (failure !== undefined) throw new JournalError(`journalctl could not be started: ${failure}`);
    if (code === 0) return;
    if (from.kind === 'since' && this.complaints.some((line) => line.startsWith('Failed to parse timestamp'))) {
      const message = `journalctl does not understand the time ${JSON.stringify(from.time)}; see systemd.time(7)`;
      throw new UsageError(message, { wantsUsage: false });
    }
    const isElsewhere = this.complaints.some((line) => /^Failed to open .*: No such file or directory/.test(line));
    const remedy = isElsewhere ? '; check "journal_path"' : '';
    throw new JournalError(`journalctl ended with ${signal ?? `exit code ${String(code)}`}${remedy}`);
  }

  private news(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }
}

function placeOf({ from, lines }: ExcerptOptions): Parameters<typeof excerptArguments>[2] {
  if (from.kind === 'since') return { place: [`--since=${from.time}`] };
  if (from.kind === 'cursor') return { place: [`--cursor=${from.cursor}`] };
  return { lines, place: [] };
}
