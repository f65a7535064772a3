import type { Daemon } from '../support/daemon.ts';
import type { Toxiproxy } from '../support/toxiproxy.ts';
import type { JournalTimes } from './journal-times.ts';
import type { Tally } from './tally.ts';

/** A place that the soak's daemon delivers to, which can be made to fail. */
export interface Destination extends AsyncDisposable {
  /** The sender's name in the config. */
  readonly name: string;
  /** The sender's part of the config. */
  readonly config: object;
  /** Ways to fail, by name; each resolves when it has come about. */
  readonly failures: Readonly<Record<string, () => Promise<void>>>;
  /** Called once, when the daemon has started for the first time. */
  begin?(daemon: Daemon): Promise<void>;
  /** Ends whatever failure there is. */
  heal(): Promise<void>;
  /** Everything that has come: one tally, unless the sender has several deliveries. `times` learns from one of them. */
  tallies(times: JournalTimes): Promise<readonly Tally[]>;
  /** Which delivery a dead letter belongs to, by the name of its tally; needed where there are several. */
  ownerOf?(fields: Readonly<Record<string, string | null>>): string | undefined;
  /** What it has to say against what it holds; nothing if all is right. */
  verify?(statePath: string): Promise<string | undefined>;
}

/** What a proxy before a server can do to it. */
export class SpoiltLink {
  private readonly proxy: Toxiproxy;
  private end: (() => Promise<void>) | undefined;

  constructor(proxy: Toxiproxy) {
    this.proxy = proxy;
  }

  /** Each answer takes its time. */
  async slow(): Promise<void> {
    this.end = await this.proxy.spoil({ type: 'latency', stream: 'downstream', attributes: { latency: 2500 } });
  }

  /** What is asked for is done, but the answer is a broken connection. */
  async resetAnswers(): Promise<void> {
    this.end = await this.proxy.spoil({ type: 'reset_peer', stream: 'downstream' });
  }

  async heal(): Promise<void> {
    await this.end?.();
    this.end = undefined;
  }
}
