import type { Bridge } from '../../bridge.ts';
import type { ReaderChanges } from '../../config/changes.ts';
import { loadConfig } from '../../config/load.ts';
import { ConfigError, messageOf } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';

export interface ReloadsOptions {
  readonly bridge: Bridge;
  readonly configPath: string;
  readonly log: Log;
  readonly events: { ready?(): void; reloading?(): void };
}

/** Serves requests to read the config again, one after the other; those that come meanwhile are served as one. */
export class Reloads {
  private readonly options: ReloadsOptions;
  private isWanted = false;
  private isUnderWay = false;
  private isOver = false;

  constructor(options: ReloadsOptions) {
    this.options = options;
  }

  /** Reads the config again and takes it over, or says what is wrong with it and leaves all as it is. */
  request(): void {
    this.isWanted = true;
    if (!this.isUnderWay) void this.serve();
  }

  /** Serves no more requests. */
  stop(): void {
    this.isOver = true;
  }

  private async serve(): Promise<void> {
    this.isUnderWay = true;
    while (this.isWanted && !this.hasEnded()) {
      this.isWanted = false;
      this.options.events.reloading?.();
      await this.reload();
      if (!this.hasEnded()) this.options.events.ready?.();
    }
    this.isUnderWay = false;
  }

  private hasEnded(): boolean {
    return this.isOver;
  }

  private async reload(): Promise<void> {
    const { bridge, configPath, log } = this.options;
    try {
      const { config, warnings } = await loadConfig(configPath);
      if (this.hasEnded()) return;
      for (const { path, message } of warnings) log.warn(path === '' ? message : `${path}: ${message}`);
      const changes = await bridge.reload(config);
      if (!this.hasEnded()) log.info(`reloaded: ${describeChanges(changes)}.`);
    } catch (error) {
      bridge.reloads.refused++;
      log.error(`the config is not reloaded, and everything goes on as before: ${asSentence(reasonOf(error))}`);
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ConfigError)) return messageOf(error);
  return error.faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}

/** A guess ends with its own question mark. */
function asSentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function describeChanges({ added, removed, changed, kept }: ReaderChanges): string {
  const parts = [
    ['started', added],
    ['stopped', removed],
    ['started anew', changed],
  ] as const;
  const told = parts.filter(([, names]) => names.length > 0).map(([what, names]) => `${what} ${names.join(', ')}`);
  if (kept.length > 0) told.push(`${kept.length} ${kept.length === 1 ? 'reader goes' : 'readers go'} on`);
  return told.length === 0 ? 'no reader is enabled' : told.join('; ');
}
