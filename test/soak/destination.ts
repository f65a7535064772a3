import type { Tally } from './account.ts';

/** A place that the soak's daemon delivers to, which can be made to fail. */
export interface Destination extends AsyncDisposable {
  readonly name: string;
  /** The sender's part of the config. */
  readonly config: object;
  /** Ways to fail, by name; each resolves when it has come about. */
  readonly failures: Readonly<Record<string, () => Promise<void>>>;
  /** Ends whatever failure there is. */
  heal(): Promise<void>;
  /** Everything that has come so far. */
  tally(): Promise<Tally>;
}
