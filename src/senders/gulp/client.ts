import { NotConnectedError } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import { fieldsOf, Refusal, refusalOf, type Answer } from './answer.ts';
import { Connection, type Question } from './connection.ts';
import type { GulpOptions } from './options.ts';
import { Session } from './session.ts';

const GOODBYE_MS = 1000;

/** Gulp as a logged-in user sees it. */
export class Client {
  readonly destination: string;
  private readonly connection: Connection;
  readonly session: Session;

  constructor(options: GulpOptions, log: SenderContext['log']) {
    this.connection = new Connection(options);
    this.destination = this.connection.destination;
    this.session = new Session({
      connection: this.connection,
      user: options.user_id,
      password: options.password,
      log,
    });
  }

  /**
   * Asks as the user; with a new login if the session turns out to be dead. Returns what Gulp has put under `data`. Throws
   * Refusal, NotConnectedError, and AuthenticationError when the login is refused.
   */
  async call(question: Question, signal: AbortSignal): Promise<unknown> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const token = await this.session.open(signal);
      const answer = await this.connection.ask(question, token, signal);
      if (answer.status === 200 && isEnvelope(answer)) return fieldsOf(answer.body)['data'];
      if (answer.status === 200)
        throw new Refusal('broken', 'its answer is not what Gulp answers; is it behind a proxy?', 200);
      const refusal = refusalOf(answer);
      if (refusal.kind !== 'session') throw refusal;
      this.session.drop(token);
    }
    throw new NotConnectedError(`${this.destination}: our session is ended as soon as it is open`);
  }

  /** Asks without a login, for whoever must not end the session of another process. */
  async greet(signal: AbortSignal): Promise<Answer> {
    return this.connection.ask({ method: 'GET', path: '/openapi.json' }, undefined, signal);
  }

  async close(): Promise<void> {
    await this.session.close(AbortSignal.timeout(GOODBYE_MS));
    await this.connection.close();
  }
}

function isEnvelope({ body }: Answer): boolean {
  const { status } = fieldsOf(body);
  return status === 'success' || status === 'pending';
}
