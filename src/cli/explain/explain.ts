import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { ConfigError, JournalError, messageOf } from '../../errors.ts';
import { probeJournalctl } from '../../journal/probe.ts';
import { classifyComplaint } from '../../journal/stderr.ts';
import { EXIT_CONFIG, lineOf } from '../check/check.ts';
import { chooseReaders } from './choose-readers.ts';
import { explainEntries, type Tally } from './entries.ts';
import { createExplain, type Explain, type ReaderChoice } from './entry.ts';
import { readExcerpt } from './excerpt.ts';
import { MAX_LINES, type ExplainOptions } from './options.ts';
import { printEntry, printJson } from './print.ts';
import type { ExplainedEntry } from './explained.ts';
import { createPaint } from '../terminal-text.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';

/** What `explain` has of its process. */
export interface ExplainStreams {
  readonly stdin: AsyncIterable<Buffer>;
  /** Writes to stdout and waits until it is through; false when nobody reads it any more. */
  readonly write: (text: string) => Promise<boolean>;
  readonly err: { write(text: string): unknown };
  readonly isColoured: boolean;
}

/** Entries that go through one or several readers. */
interface Stream {
  readonly name: string;
  readonly explains: readonly Explain[];
  readonly chunks: AsyncIterable<Buffer>;
}

/**
 * Tells what a config does with entries of the journal or of stdin, and sends none. Returns the exit code; throws
 * UsageError for names that there are not.
 */
export async function explain(options: ExplainOptions, streams: ExplainStreams): Promise<number> {
  const say = (sentence: string): void => void streams.err.write(`journalbridge: ${escapeUnsafe(sentence)}\n`);
  try {
    const { config } = await loadConfig(options.configPath);
    const choices = chooseReaders(config, options.reader, options.sender);
    if (choices.length === 0) say('no reader is enabled: there is nothing to explain.');
    const print = createPrint(options, streams, choices.length > 1);
    for await (const stream of openStreams({ config, choices, options, say }, streams.stdin)) {
      if (!(await explainStream(stream, options, { print, say, write: streams.write }))) break;
    }
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const fault of error.faults) streams.err.write(`${lineOf(fault)}\n`);
      return EXIT_CONFIG;
    }
    if (!(error instanceof JournalError)) throw error;
    say(`${messageOf(error)}.`);
    return 1;
  }
}

function createPrint({ isJson }: ExplainOptions, { isColoured }: ExplainStreams, hasReaders: boolean) {
  const paint = createPaint(isColoured);
  return (entry: ExplainedEntry): string => (isJson ? printJson(entry) : printEntry(entry, { paint, hasReaders }));
}

interface Sources {
  readonly config: Config;
  readonly choices: readonly ReaderChoice[];
  readonly options: ExplainOptions;
  readonly say: (sentence: string) => void;
}

/** One stream for all readers if it is stdin, otherwise one for each. */
async function* openStreams(
  { config, choices, options, say }: Sources,
  stdin: AsyncIterable<Buffer>,
): AsyncGenerator<Stream> {
  const { from, lines } = options;
  if (choices.length === 0) return;
  if (from.kind === 'stdin') {
    const explains = await Promise.all(choices.map((choice) => createExplain(config, choice)));
    yield { name: 'stdin', explains, chunks: stdin };
    return;
  }
  const capabilities = await probeJournalctl(config.journalctl_path);
  for (const choice of choices) {
    const complain = (line: string): void => {
      repeat(line, say);
    };
    const chunks = readExcerpt({ selection: choice.reader, capabilities, from, lines, complain });
    yield { name: choice.name, explains: [await createExplain(config, choice)], chunks };
  }
}

interface Output {
  readonly print: (entry: ExplainedEntry) => string;
  readonly say: (sentence: string) => void;
  readonly write: (text: string) => Promise<boolean>;
}

/** False when nobody reads the output any more. */
async function explainStream(stream: Stream, { from, lines }: ExplainOptions, output: Output): Promise<boolean> {
  const { name, explains, chunks } = stream;
  const tally: Tally = { entries: 0, broken: 0 };
  let isFirst = true;
  for await (const entry of explainEntries(chunks, explains, { tally, limit: lines })) {
    if (isFirst && from.kind === 'cursor' && entry.cursor !== from.cursor) {
      output.say(`${name}: there is no entry at that cursor; this is how it goes on after it.`);
    }
    isFirst = false;
    if (!(await output.write(output.print(entry)))) return false;
  }
  for (const remark of remarksOn(tally)) output.say(`${name}: ${remark}`);
  return true;
}

function remarksOn({ entries, broken }: Tally): string[] {
  return [
    ...(entries === 0 ? ['there are no entries.'] : []),
    ...(broken > 0
      ? [
          `what is not in the format of journalctl -o export was left out (${broken === 1 ? 'once' : `${broken} times`}).`,
        ]
      : []),
    ...(entries === MAX_LINES ? [`stopped after ${MAX_LINES} entries, the most that are explained.`] : []),
  ];
}

/** Passes on what journalctl complains of. */
function repeat(line: string, say: (sentence: string) => void): void {
  const { complaint, remedy } = classifyComplaint(line);
  if (complaint === 'note') return;
  const isHelpful = complaint === 'permission' || complaint === 'file-skipped';
  say(`journalctl says "${line}"${isHelpful && remedy !== undefined ? `; ${remedy}` : ''}.`);
}
