import { JournalError, messageOf } from '../errors.ts';
import { Backoff, pause } from '../backoff.ts';
import { journalctlArguments, type Start } from './arguments.ts';
import { awaitFiles, POLL_MS } from './await-files.ts';
import { Complaints } from './complaints.ts';
import type { JournalFiles } from './files.ts';
import { Journalctl } from './journalctl.ts';
import { NamedFilesWatch } from './named-files.ts';
import { describeEnd, type RunEnd } from './run-end.ts';
import type { SourceOptions } from './source-options.ts';
import { StallWatch } from './stall-watch.ts';

const BACKOFF = { baseMs: 200, maxMs: 30_000 };
/** A run that has given nothing for so long has read all that it is going to read. */
const QUIET_MS = 1000;
/** Another journalctl hangs, too, so often in a row: it is not journalctl. */
const MANY_VAIN_RUNS = 3;
/** Whatever it waits for, journalctl or the disk, is looked after again much sooner. */
const SILENCE_MS = 300_000;
/** Without `follow`, so many runs in a row that bring nothing are enough. */
const MAX_VAIN_RUNS = 5;

/**
 * Keeps a journalctl running from wherever the feed stands: starts it again when it dies, waits for journals that do
 * not exist yet, stops it when it is blocked too long, reads in two phases where `--follow --merge` is refused.
 */
export class Source {
  private readonly options: SourceOptions;
  private readonly stopping = new AbortController();
  private readonly backoff = new Backoff(BACKOFF);
  private canMerge: boolean;
  private run: Journalctl | undefined;
  private isPaused = false;
  private blockedTimer: NodeJS.Timeout | undefined;
  private unpark: () => void = () => undefined;
  /** The present run was stopped because it was blocked, so that its end says nothing about the journal's. */
  private isCutShort = false;
  private readonly complaints: Complaints;
  /** Where the present run began. */
  private startedFrom: Start = { kind: 'head' };
  private loop: Promise<void> | undefined;
  private readonly stallWatch: StallWatch;
  private readonly namedFiles: NamedFilesWatch;
  /** When reading last began, brought something or was looked after; in ms of `performance.now()`. */
  private signMs = performance.now();

  constructor(options: SourceOptions) {
    this.options = options;
    this.canMerge = options.capabilities.canMergeFollow;
    this.complaints = new Complaints(options);
    this.namedFiles = new NamedFilesWatch({
      selection: options.selection,
      isQuiet: () => !this.isPaused && performance.now() - this.signMs > QUIET_MS,
      appeared: () => {
        this.isCutShort = true;
        this.run?.stop();
      },
    });
    this.stallWatch = new StallWatch({
      selection: options.selection,
      capabilities: options.capabilities,
      intervalMs: options.stallCheckMs,
      log: options.log,
      resumeFrom: () => options.resumeFrom(),
      stalled: (idleMs) => {
        this.endStalled(idleMs);
      },
    });
  }

  /** It gets nowhere, though nobody has asked it to wait, and starting journalctl again does not help. */
  get isWedged(): boolean {
    if (this.isPaused || this.isStopping()) return false;
    const { vainRestarts, lookedMs, patienceMs } = this.stallWatch;
    const silentMs = performance.now() - Math.max(this.signMs, lookedMs);
    return vainRestarts >= MANY_VAIN_RUNS || silentMs > patienceMs + SILENCE_MS;
  }

  start(): void {
    this.loop ??= this.keepRunning();
  }

  /** No more chunks, please; after `maxBlockedMs` journalctl is stopped and started again at `resume`. */
  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.run?.pause();
    this.stallWatch.stop();
    this.blockedTimer = setTimeout(() => {
      this.isCutShort = true;
      this.run?.stop();
    }, this.options.maxBlockedMs);
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.signMs = performance.now();
    clearTimeout(this.blockedTimer);
    this.run?.resume();
    if (this.run !== undefined) this.watch();
    this.unpark();
  }

  /** Ends journalctl; no chunk comes any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.stallWatch.stop();
    this.namedFiles.stop();
    clearTimeout(this.blockedTimer);
    this.run?.stop();
    this.unpark();
    await this.loop;
  }

  // Without `follow` journalctl ends when there is nothing more, and whoever started it sees to it if it does not.
  private watch(): void {
    if (this.options.follow && !this.isStopping()) this.stallWatch.watch();
  }

  private endStalled(idleMs: number): void {
    const seconds = Math.round(idleMs / 1000);
    this.options.log.warn(
      `journalctl has given nothing for ${seconds} s, though there are entries to read; it is killed and started again where it stopped.`,
      'stalled',
    );
    this.options.counted('stall');
    this.isCutShort = true;
    this.run?.kill();
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async keepRunning(): Promise<void> {
    let phase: Phase = 'catch-up';
    while (!this.isStopping()) {
      const found = await awaitFiles(this.options, this.stopping.signal, () => (this.signMs = performance.now()));
      if (found === undefined || this.isStopping()) return;
      const isFollowing: boolean = this.options.follow && (this.canMerge || phase === 'follow');
      if (this.options.follow) await this.namedFiles.begin(found.files);
      if (this.isStopping()) return;
      const end = await this.runOnce(isFollowing, found.files);
      this.namedFiles.stop();
      if (end === undefined || this.isStopping()) return;
      if (this.isPaused || this.isCutShort) {
        if (this.isPaused) await new Promise<void>((resolve) => (this.unpark = resolve));
        phase = 'catch-up';
        continue;
      }
      const next = this.judge(end, isFollowing);
      if (next === 'end') return;
      if (next === 'again') await this.waitBeforeRestart(end);
      phase = next === 'follow' ? 'follow' : 'catch-up';
    }
  }

  private async runOnce(follow: boolean, files: JournalFiles | undefined): Promise<RunEnd | undefined> {
    const { selection, capabilities } = this.options;
    const { machineId } = capabilities;
    const start = this.begin();
    const args = await journalctlArguments(selection, { start, follow, merge: this.canMerge, machineId, files });
    return this.isStopping() ? undefined : this.read(args);
  }

  private begin(): Start {
    const start = this.options.resumeFrom();
    this.signMs = performance.now();
    this.isCutShort = false;
    this.startedFrom = start;
    this.complaints.begin(start);
    this.options.begun(start);
    return start;
  }

  private read(args: readonly string[]): Promise<RunEnd> {
    const { options } = this;
    return new Promise((resolve) => {
      const exit = (end: RunEnd): void => {
        this.run = undefined;
        this.stallWatch.stop();
        resolve(end);
      };
      try {
        this.run = new Journalctl(options.capabilities.path, args, {
          chunk: (bytes) => {
            this.signMs = performance.now();
            this.stallWatch.heard();
            options.chunk(bytes);
          },
          complaint: (line) => {
            this.complaints.hear(line);
          },
          exit,
        });
        if (this.isPaused) this.run.pause();
        else this.watch();
      } catch (error) {
        exit({ code: null, signal: null, failure: messageOf(error) }); // too long a command line, no memory for a process
      }
    });
  }

  /** What to do after a run: read on in the next phase, start again, or leave it. */
  private judge(end: RunEnd, wasFollowing: boolean): 'end' | 'follow' | 'at-once' | 'again' {
    // Output alone is no success: it may be the same entries again, behind which it dies each time.
    if (JSON.stringify(this.options.resumeFrom()) !== JSON.stringify(this.startedFrom)) this.backoff.reset();
    if (!wasFollowing && end.code === 0) {
      if (this.options.follow) return 'follow';
      this.options.ended();
      return 'end';
    }
    if (this.complaints.has('merge-refused') && this.canMerge) {
      this.canMerge = false;
      return 'at-once';
    }
    if (this.complaints.has('bad-cursor')) {
      this.options.badCursor();
      return this.backoff.attempts === 0 ? 'at-once' : 'again';
    }
    if (this.options.follow) return 'again';
    return this.isHopeless() ? this.fail(end) : 'again';
  }

  private isHopeless(): boolean {
    return (
      this.complaints.has('missing') || this.complaints.has('permission') || this.backoff.attempts >= MAX_VAIN_RUNS
    );
  }

  private fail(end: RunEnd): 'end' {
    this.options.failed(new JournalError(describeEnd(end, this.complaints.last)));
    return 'end';
  }

  private async waitBeforeRestart(end: RunEnd): Promise<void> {
    const { options } = this;
    const ms = this.complaints.has('no-such-boot') ? POLL_MS : this.backoff.nextMs();
    options.counted('restart');
    options.log.warn(
      `${describeEnd(end, this.complaints.last)}; starting it again where it stopped.`,
      'journalctl-ended',
    );
    await pause(ms, this.stopping.signal);
  }
}

type Phase = 'catch-up' | 'follow';
