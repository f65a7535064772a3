import { gapLines } from './gap.ts';
import type { ReaderStatus, StatusReport } from './report.ts';
import type { SenderStatus } from './sender.ts';
import { duration, grouped, size } from '../quantities.ts';
import { type Paint, type Style } from '../terminal-text.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';

interface Row {
  readonly reader: string;
  readonly sender: SenderStatus;
}

const HEAD = ['', 'READER', 'SENDER', 'TYPE', 'STATUS', 'LAG', 'BEHIND', 'RATE', 'SENT', 'RETRIES', 'DEAD LETTERS'];
/** Columns of figures stand to the right. */
const FIGURES = new Set([5, 6, 7, 8, 9, 10]);
const UNKNOWN = '?';

/** A report for people: what is wrong first, a line for each sender, the gaps. */
export function textOf(report: StatusReport, nowMs: number, paint: Paint): string {
  const rows = report.readers
    .flatMap(({ name, senders }) => senders.map((sender) => ({ reader: name, sender })))
    .sort((a, b) => badness(b) - badness(a));
  const sections = [
    [headOf(report, nowMs, paint)],
    report.problems.map((problem) => paint(`✗ ${escapeUnsafe(problem)}`, 'bad')),
    rows.length === 0 ? [] : table([HEAD, ...rows.map((row) => cells(row, report))], rows, paint),
    report.readers.flatMap((reader) => gapsOf(reader, paint)),
    report.readers.flatMap((reader) => searchLines(reader)),
    rows.flatMap((row) => deadLetterLines(row, nowMs, paint)),
    rows.flatMap((row) => lastErrorLines(row, nowMs, paint)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function badness({ sender }: Row): number {
  if (sender.problem !== null) return 2 + (sender.lag.seconds ?? 0);
  return sender.configured === false ? 0 : 1;
}

function headOf({ daemon, state_file }: StatusReport, nowMs: number, paint: Paint): string {
  const { state, pid, version, start_time, updated_at } = daemon;
  const program = version === null ? 'journalbridge' : `journalbridge ${escapeUnsafe(version)}`;
  const since = (time: string | null): string => duration((nowMs - Date.parse(time ?? '')) / 1000);
  const words: Readonly<Record<typeof state, string>> = {
    running: `${program} runs, pid ${pid ?? UNKNOWN}, for ${since(start_time)}`,
    stopped: `${program} is stopped`,
    dead: `${program} is dead, pid ${pid ?? UNKNOWN}`,
    unknown: 'written by a process that is not known',
    absent: 'journalbridge has not run yet',
  };
  const style: Style = state === 'running' ? 'good' : state === 'unknown' ? 'notable' : 'bad';
  const written = updated_at === null ? '' : `, written ${since(updated_at)} ago`;
  return `${paint(words[state], style)}; state file ${escapeUnsafe(state_file)}${written}`;
}

function cells({ reader, sender }: Row, { daemon }: StatusReport): string[] {
  const { name, type, lag, rate, sent, retries } = sender;
  const mark = sender.problem !== null || daemon.state === 'dead' ? '✗' : sender.configured === false ? '-' : '✓';
  const isSilent = daemon.state === 'stopped' || daemon.state === 'absent';
  return [
    isSilent ? '-' : mark,
    escapeUnsafe(reader),
    escapeUnsafe(name),
    escapeUnsafe(type ?? UNKNOWN),
    statusOf(sender, daemon.state),
    lag.seconds === null ? UNKNOWN : duration(lag.seconds),
    lag.entries === null ? UNKNOWN : grouped(lag.entries),
    rate === null ? UNKNOWN : `${rate}/s`,
    `${grouped(sent.count)} (${size(sent.bytes)})`,
    retries === null ? UNKNOWN : grouped(retries),
    grouped(lettersLeft(sender)),
  ];
}

/** Where the files cannot be read, as many as were ever written. */
function lettersLeft({ dead_letters, dead_letters_left: left }: SenderStatus): number {
  return left ?? dead_letters ?? 0;
}

function statusOf({ status, configured, problem }: SenderStatus, state: string): string {
  if (configured === false) return 'not in the config';
  if (status === null) return 'not started';
  if (status === 'disconnected' && problem === null && state === 'running') return 'starting';
  return `${state === 'dead' ? 'was ' : ''}${escapeUnsafe(status)}`;
}

function table(lines: readonly (readonly string[])[], rows: readonly Row[], paint: Paint): string[] {
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column]!))));
  return lines.map((line, n) => {
    const text = line.map((cell, column) => pad(cell, widths[column]!, FIGURES.has(column))).join('  ');
    if (n === 0) return paint(text.trimEnd(), 'dim');
    return paint(text.trimEnd(), styleOf(rows[n - 1]!.sender));
  });
}

function styleOf(sender: SenderStatus): Style {
  const { problem, configured } = sender;
  if (problem !== null) return 'bad';
  if (configured === false) return 'dim';
  return lettersLeft(sender) > 0 ? 'notable' : 'plain';
}

function pad(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return isRight ? space + text : text + space;
}

/** Cells on a terminal, near enough: one for each character. */
function widthOf(text: string): number {
  return Array.from(text).length;
}

function gapsOf(reader: ReaderStatus, paint: Paint): string[] {
  const [head, ...lines] = gapLines(reader).map(escapeUnsafe);
  return head === undefined ? [] : [paint(head, 'notable'), ...lines];
}

function searchLines({ name, searches }: ReaderStatus): string[] {
  const hits = Object.entries(searches).map(([search, count]) => `${search} ${grouped(count)}`);
  return hits.length === 0 ? [] : [escapeUnsafe(`searches of ${name}: ${hits.join(', ')}`)];
}

function deadLetterLines({ reader, sender }: Row, nowMs: number, paint: Paint): string[] {
  const { name, dead_letters, rejected, rotated_out, last_rejection: last, dead_letters_left: left } = sender;
  if ((rejected ?? 0) === 0) return [];
  const kept = dead_letters === rejected ? '' : `, ${grouped(dead_letters ?? 0)} of them kept as dead letters`;
  const lost = (rotated_out ?? 0) === 0 ? '' : `, ${grouped(rotated_out ?? 0)} rotated out since`;
  const there = left === null || (dead_letters ?? 0) === 0 ? '' : `, ${left === 0 ? 'none' : grouped(left)} left`;
  const why = last === null ? '' : `; the last one ${ago(last.time, nowMs)}: ${last.reason}`;
  return [
    paint(
      escapeUnsafe(`refused by ${reader}.${name}: ${grouped(rejected ?? 0)}${kept}${lost}${there}${why}`),
      'notable',
    ),
  ];
}

function ago(time: string | null, nowMs: number): string {
  return time === null ? 'at some time' : `${duration((nowMs - Date.parse(time)) / 1000)} ago`;
}

/** What is over; what still lasts stands among the problems. */
function lastErrorLines({ reader, sender }: Row, nowMs: number, paint: Paint): string[] {
  const { name, problem, last_error, configured } = sender;
  if (configured === false || last_error === null || problem?.includes(last_error.message) === true) return [];
  const when = last_error.time === null ? '' : `, ${ago(last_error.time, nowMs)}`;
  return [paint(escapeUnsafe(`last error of ${reader}.${name}${when}: ${last_error.message}`), 'dim')];
}
