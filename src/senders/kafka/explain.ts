import { AuthenticationError, JournalbridgeError, NotConnectedError, RetryableError } from '../../errors.ts';
import { masked } from './client.ts';
import type { KafkaOptions } from './options.ts';
import type { SocketTrouble } from './sockets.ts';
import { troubleOf } from './trouble.ts';

/** Somebody has to create the topic, or allow us to write to it. */
const TOPIC_RETRY_MS = 10_000;

/** What an error was met with. */
export interface Circumstances {
  readonly options: KafkaOptions;
  /** The topic that was written to, if it was about one. */
  readonly topic: string | undefined;
  readonly seen: SocketTrouble | undefined;
  /** Payloads that are still to be sent; undefined: all. */
  readonly remaining?: readonly number[];
}

/** The error for the delivery: a sentence without secrets, and what kind of patience it takes. */
export function explain(error: unknown, { options, topic, seen, remaining }: Circumstances): JournalbridgeError {
  const rest = { cause: error, ...(remaining && { remaining }) };
  if (error instanceof NotConnectedError) return new NotConnectedError(error.message, rest);
  if (error instanceof RetryableError)
    return new RetryableError(masked(error.message, options), { retryAfterMs: TOPIC_RETRY_MS, ...rest });
  const trouble = troubleOf(error, seen);
  const reason = masked(trouble.reason, options);
  const brokers = [options.kafka_address].flat().join(', ');
  switch (trouble.kind) {
    case 'topic': {
      const sentence = `cannot write to the topic "${topic ?? ''}" at ${brokers}: ${reason}`;
      if (trouble.type === 'TOPIC_AUTHORIZATION_FAILED') return new AuthenticationError(sentence, rest);
      return new RetryableError(sentence, { ...rest, retryAfterMs: TOPIC_RETRY_MS });
    }
    case 'login':
      return new AuthenticationError(`Kafka at ${brokers} does not let us in: ${reason}`, rest);
    case 'session':
      return new NotConnectedError(
        `Kafka at ${brokers} lost track of our messages (${reason}); a new session begins`,
        rest,
      );
    default:
      return new NotConnectedError(`cannot deliver to Kafka at ${trouble.broker ?? brokers}: ${reason}`, rest);
  }
}
