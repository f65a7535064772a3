import { messageOf } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import type { OpenFiles } from './open-files.ts';

/** Forces files to the disk at regular times, whatever is written meanwhile. */
export class RegularSync {
  /** The output in messages. */
  private readonly output: string;
  private readonly intervalMs: number;
  private readonly log: SenderContext['log'];
  private timer: NodeJS.Timeout | undefined;
  private failure: { readonly error: unknown } | undefined;

  constructor(output: string, intervalSeconds: number, log: SenderContext['log']) {
    this.output = output;
    this.intervalMs = intervalSeconds * 1000;
    this.log = log;
  }

  start(files: OpenFiles): void {
    this.timer ??= setInterval(() => {
      files.sync().catch((error: unknown) => {
        this.failure = { error };
        this.log.error(
          `${this.output} could not be forced to the disk (${messageOf(error)}); entries acknowledged since the last fsync may be lost.`,
          'fsync',
        );
      });
    }, this.intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Throws once after a failure: the files are opened anew then, and what comes is written again. */
  async abandonFailed(files: OpenFiles): Promise<void> {
    const { failure } = this;
    if (failure === undefined) return;
    this.failure = undefined;
    await files.forget();
    throw failure.error;
  }
}
