import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { JournalError } from '../errors.ts';

/** What one run of journalctl tells. */
export interface JournalctlEvents {
  /** Bytes of its stdout, good during the call. */
  chunk(bytes: Buffer): void;
  /** A line of its stderr. */
  complaint(line: string): void;
  /** It has ended and all of its output was given; once. `failure` tells why it could not even start. */
  exit(end: { code: number | null; signal: NodeJS.Signals | null; failure?: string }): void;
}

/** SIGTERM is enough for a sane journalctl; systemd#32354 tells of others. */
const KILL_AFTER_MS = 2000;
const LAST_CHANCE_MS = 200;
const MAX_LINE = 4096;
/** journalctl writes 4 KiB at a time by itself; 64 KiB saves both sides a third of the work. */
const STDOUT_BUFFER = '64K';

/** One running journalctl: its output in chunks, held back by `pause`, ended for good by `stop`. */
export class Journalctl {
  private readonly child: ChildProcess;
  private readonly events: JournalctlEvents;
  private killTimer: NodeJS.Timeout | undefined;
  private errorText = '';
  private hasEnded = false;

  constructor(path: string, args: readonly string[], events: JournalctlEvents) {
    this.events = events;
    const [command, ...rest] = [...wrapper(), path, ...args];
    this.child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
    this.child.on('error', (error) => {
      this.end({ code: null, signal: null, failure: error.message });
    });
    // Without file descriptors to spare (EMFILE) there are no pipes, and `error` comes.
    this.child.stdout?.on('data', (bytes: Buffer) => {
      events.chunk(bytes);
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.addErrorText(text);
    });
    this.child.on('close', (code, signal) => {
      this.end({ code, signal });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Reads no more; journalctl fills its pipe and then waits. */
  pause(): void {
    this.child.stdout?.pause();
  }

  resume(): void {
    this.child.stdout?.resume();
  }

  /** Ends it, by force if it takes too long; `chunk` is not called any more, `exit` still is. */
  stop(): void {
    this.child.stdout?.removeAllListeners('data').resume();
    this.child.kill('SIGTERM');
    this.killTimer ??= setTimeout(() => this.child.kill('SIGKILL'), KILL_AFTER_MS);
  }

  /** Ends it at once, whatever it is doing; a stopped process does not heed SIGTERM. */
  kill(): void {
    this.child.stdout?.removeAllListeners('data').resume();
    this.child.kill('SIGKILL');
  }

  private addErrorText(text: string): void {
    const lines = (this.errorText + text).split('\n');
    this.errorText = lines.pop()!.slice(-MAX_LINE);
    for (const line of lines) if (line !== '') this.events.complaint(line.slice(0, MAX_LINE));
  }

  private end(end: Parameters<JournalctlEvents['exit']>[0]): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.killTimer);
    if (this.errorText !== '') this.addErrorText('\n');
    this.events.exit(end);
  }
}

/** Runs journalctl for a short answer; rejects with JournalError when it takes longer than the limit, or the signal aborts. */
export function askJournalctl(
  path: string,
  args: readonly string[],
  limit: number | { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<{ code: number | null; stdout: Buffer; stderr: string }> {
  const { timeoutMs, signal } = typeof limit === 'number' ? { timeoutMs: limit, signal: undefined } : limit;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const complaints: string[] = [];
    const run = new Journalctl(path, args, {
      chunk: (bytes) => chunks.push(bytes),
      complaint: (line) => complaints.push(line),
      exit: ({ code, failure }) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        if (failure !== undefined) reject(new JournalError(failure));
        resolve({ code, stdout: Buffer.concat(chunks), stderr: complaints.join('\n') });
      },
    });
    const giveUp = (): void => {
      run.stop();
      reject(new JournalError(`${path} gave no answer within ${timeoutMs} ms`));
    };
    const abort = (): void => {
      run.kill();
      reject(new JournalError('it is not needed any more'));
    };
    signal?.addEventListener('abort', abort, { once: true });
    // If we were busy ourselves all the time, its answer may be there and only waits to be read.
    let timer = setTimeout(() => {
      timer = setTimeout(giveUp, LAST_CHANCE_MS);
    }, timeoutMs);
  });
}

/** The full path of a command, looked up in PATH when it is a bare name; undefined when there is none to run. */
export function findCommand(command: string): string | undefined {
  const places = command.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  return places.map((place) => (place === '' ? command : join(place, command))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // simply not this one
  }
}

let foundWrapper: string[] | undefined;

/**
 * What journalctl is started through, where the machine has it: setpriv ends it when we are killed, even while it
 * searches and writes nothing (PR_SET_PDEATHSIG, prctl(2)); stdbuf gives it a larger output buffer.
 */
function wrapper(): string[] {
  if (foundWrapper === undefined) {
    const setpriv = findCommand('setpriv');
    const stdbuf = findCommand('stdbuf');
    foundWrapper = [
      ...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL']),
      ...(stdbuf === undefined ? [] : [stdbuf, `--output=${STDOUT_BUFFER}`]),
    ];
  }
  return foundWrapper;
}

/** Plain English without colours: stderr is read by rules. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(SYSTEMD_|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '' };
}
