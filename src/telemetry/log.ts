import { withoutSecrets } from '../secrets.ts';
import { escapedUnits, replaceUnsafe } from '../unsafe-text.ts';

/** Levels by what the operator must do: error = data at risk or a human is needed, warn = unexpected but nothing lost. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where sentences for the operator go. Never a payload, never a secret, never a line per entry. */
export interface Log {
  debug(sentence: string): void;
  info(sentence: string, key?: string): void;
  warn(sentence: string, key?: string): void;
  /** With a key, at most one line per key and 30 s comes out; the next one says how many were held back. */
  error(sentence: string, key?: string): void;
  /** The same log with `scope: ` before every sentence; keys are separate per scope. */
  scoped(scope: string): Log;
  setLevel(level: LogLevel): void;
}

export interface LogOptions {
  readonly level?: LogLevel;
  readonly write?: (line: string) => void;
  readonly nowMs?: () => number;
  /** Prefix lines with the syslog priority (`<4>`) as systemd wants them (sd-daemon(3)) instead of time and level. */
  readonly journalStyle?: boolean;
}

/** Milliseconds during which a key says its sentence once. */
export const LOG_KEY_INTERVAL_MS = 30_000;

const MAX_KEYS = 1000;
const SEVERITY: Record<LogLevel, number> = { error: 3, warn: 4, info: 6, debug: 7 };

interface Sink {
  level: LogLevel;
  readonly write: (line: string) => void;
  readonly nowMs: () => number;
  readonly journalStyle: boolean;
  readonly keys: Map<string, { since: number; heldBack: number }>;
}

/** A log to stderr; in systemd's style when stderr is connected to the journal (systemd.exec(5), `JOURNAL_STREAM`). */
export function createLog(options: LogOptions = {}): Log {
  return scopedLog('', {
    level: options.level ?? 'info',
    write: options.write ?? ((line) => process.stderr.write(line)),
    nowMs: options.nowMs ?? (() => performance.now()),
    journalStyle: options.journalStyle ?? process.env['JOURNAL_STREAM'] !== undefined,
    keys: new Map(),
  });
}

function scopedLog(scope: string, sink: Sink): Log {
  const say = (level: LogLevel, sentence: string, key?: string): void => {
    if (SEVERITY[level] > SEVERITY[sink.level]) return;
    const heldBack = key === undefined ? 0 : admit(sink, `${scope}\0${key}`);
    if (heldBack < 0) return;
    const repeated = heldBack > 0 ? ` (and ${heldBack} more like it since the last line)` : '';
    sink.write(format(sink, level, `${scope === '' ? '' : `${scope}: `}${withoutSecrets(sentence)}${repeated}`));
  };
  return {
    debug: (sentence) => {
      say('debug', sentence);
    },
    info: (sentence, key) => {
      say('info', sentence, key);
    },
    warn: (sentence, key) => {
      say('warn', sentence, key);
    },
    error: (sentence, key) => {
      say('error', sentence, key);
    },
    scoped: (inner) => scopedLog(scope === '' ? inner : `${scope}.${inner}`, sink),
    setLevel: (level) => {
      sink.level = level;
    },
  };
}

/** Returns how many lines of this key were held back since the last one, or -1 when this one is held back, too. */
function admit(sink: Sink, key: string): number {
  const { keys } = sink;
  const now = sink.nowMs();
  const seen = keys.get(key);
  keys.delete(key); // and to the end again: the first is the one that was not heard of for longest
  if (seen !== undefined && now - seen.since < LOG_KEY_INTERVAL_MS) {
    seen.heldBack++;
    keys.set(key, seen);
    return -1;
  }
  if (keys.size >= MAX_KEYS) keys.delete(keys.keys().next().value!);
  keys.set(key, { since: now, heldBack: 0 });
  return seen?.heldBack ?? 0;
}

function format(sink: Sink, level: LogLevel, sentence: string): string {
  const oneLine = escapeControls(sentence);
  return sink.journalStyle
    ? `<${SEVERITY[level]}>${oneLine}\n`
    : `${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${oneLine}\n`;
}

/** Text from outside (paths, journalctl's stderr) must not forge lines or steer a terminal. */
function escapeControls(text: string): string {
  return replaceUnsafe(text, (char) =>
    char === '\n' ? ' | ' : char <= '\xff' ? byteEscape(char) : escapedUnits(char),
  );
}

function byteEscape(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
