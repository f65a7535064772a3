/** The words of a command line that is not understood; ends the process with exit code 2. */
export class UsageError extends Error {
  /** Whether the usage helps; not where the message itself tells what there is. */
  readonly wantsUsage: boolean;

  constructor(message: string, options: ErrorOptions & { wantsUsage?: boolean } = {}) {
    super(message, options);
    this.wantsUsage = options.wantsUsage ?? true;
  }
}
