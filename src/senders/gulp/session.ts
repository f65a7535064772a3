import { aborted, Backoff, pause } from '../../backoff.ts';
import { AuthenticationError, messageOf, NotConnectedError, RetryableError } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import { deliveryErrorOf, fieldsOf, refusalOf } from './answer.ts';
import type { Connection } from './connection.ts';

export interface SessionOptions {
  readonly connection: Connection;
  readonly user: string;
  readonly password: string;
  readonly log: SenderContext['log'];
}

/** So many logins within a minute mean that somebody else logs in as the same user. */
const MAX_LOGINS = 4;
const MINUTE_MS = 60_000;
const CONTEST_BACKOFF = { baseMs: 5000, maxMs: 120_000 };
/** A login that was refused is not tried again at once by each task: that only gets the user locked out. */
const REFUSED_MS = 30_000;
const MIN_KEEP_ALIVE_MS = 10_000;
const MAX_KEEP_ALIVE_MS = 3_600_000;

/** The one session that a user of Gulp has: opened when it is needed, kept, and opened again when it is dead. */
export class Session {
  private readonly options: SessionOptions;
  private token: string | undefined;
  private expiresMs = 0;
  private opening: Promise<string> | undefined;
  private readonly life = new AbortController();
  private readonly logins: number[] = [];
  private readonly contest = new Backoff(CONTEST_BACKOFF);
  private refused: { readonly error: AuthenticationError; readonly untilMs: number } | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  get isOpen(): boolean {
    return this.token !== undefined;
  }

  /** How long it may rest before it should be used. */
  get keepAliveMs(): number {
    return Math.min(MAX_KEEP_ALIVE_MS, Math.max(MIN_KEEP_ALIVE_MS, (this.expiresMs - Date.now()) / 3));
  }

  /** The token, after a login if need be: one for all who wait. */
  async open(signal: AbortSignal): Promise<string> {
    if (this.token !== undefined) return this.token;
    // Not by the signal of the one who came first: the others wait for it, too.
    this.opening ??= this.login(this.life.signal).finally(() => (this.opening = undefined));
    const givenUp = aborted(signal).then(() => {
      throw new NotConnectedError('it is not needed any more');
    });
    return Promise.race([this.opening, givenUp]);
  }

  /** This token is dead. */
  drop(token: string): void {
    if (this.token === token) this.token = undefined;
  }

  /** Best effort: a session that stays open is of no use to anybody but a thief. */
  async close(signal: AbortSignal): Promise<void> {
    const { token } = this;
    this.life.abort();
    this.token = undefined;
    if (token === undefined) return;
    const question = { method: 'POST', path: '/logout', query: { ws_id: 'not_supported' } } as const;
    await this.options.connection.ask(question, token, signal).catch(() => undefined);
  }

  private async login(signal: AbortSignal): Promise<string> {
    const { connection, user, password } = this.options;
    if (this.refused !== undefined && Date.now() < this.refused.untilMs) throw this.refused.error;
    await this.yieldToOthers(signal);
    this.logins.push(Date.now());
    const answer = await connection.ask(
      { method: 'POST', path: '/login', json: { user_id: user, password } },
      undefined,
      signal,
    );
    const data = fieldsOf(fieldsOf(answer.body)['data']);
    if (answer.status !== 200 || typeof data['token'] !== 'string') throw this.refusedBy(answer, signal);
    this.refused = undefined;
    this.expiresMs = typeof data['time_expire'] === 'number' ? data['time_expire'] : Date.now() + MINUTE_MS;
    return (this.token = data['token']);
  }

  /** Each login ends the other's session: who does not give way goes round in circles. */
  private async yieldToOthers(signal: AbortSignal): Promise<void> {
    const { logins } = this;
    while (logins.length > 0 && logins[0]! < Date.now() - MINUTE_MS) logins.shift();
    if (logins.length < MAX_LOGINS) {
      if (logins.length <= 1) this.contest.reset();
      return;
    }
    this.options.log.warn(
      `its session was ended ${logins.length} times within a minute: another client logs in as the same "user_id". ` +
        'Give each host a user of its own.',
      'session',
    );
    await pause(CONTEST_BACKOFF.baseMs + this.contest.nextMs(), signal);
    if (signal.aborted) throw new NotConnectedError('it is not needed any more');
  }

  private refusedBy(answer: Parameters<typeof refusalOf>[0], signal: AbortSignal): unknown {
    const { destination } = this.options.connection;
    if (answer.status === 200) return new NotConnectedError(`${destination}: its answer to our login has no token`);
    const refusal = refusalOf(answer);
    const error = deliveryErrorOf(refusal, destination, signal);
    const isOurs = refusal.kind === 'login' || (answer.status >= 400 && answer.status < 500 && refusal.kind !== 'busy');
    if (!isOurs) return error instanceof RetryableError ? error : new NotConnectedError(messageOf(error));
    const own = error instanceof AuthenticationError ? error : new AuthenticationError(messageOf(error));
    this.refused = { error: own, untilMs: Date.now() + REFUSED_MS };
    return own;
  }
}
