import kafkajs from 'kafkajs';
import type { logCreator } from 'kafkajs';
import type { SenderContext } from '../sender.ts';

const { logLevel } = kafkajs;

/** It is true that a retry in a new session makes duplicates; what it advises is what this sender does. */
const POINTLESS = 'Limiting retries for the idempotent producer';

/** What a broker refuses is tried again, or told of by the one who asked; so is that no broker can be reached. */
function isTold(message: string): boolean {
  return message.startsWith('Response ') || message.startsWith('Failed to connect to seed broker');
}

/**
 * What kafkajs says, through our log. Its errors are warnings here: when one stops the delivery, the delivery says so.
 * `masked` takes secrets out.
 */
export function kafkaLog(log: SenderContext['log'], masked: (text: string) => string): logCreator {
  return () =>
    ({ namespace, level, log: { message, error, broker } }) => {
      if (message.startsWith(POINTLESS)) return;
      const details = [error, broker].filter((detail) => typeof detail === 'string').map((detail) => ` (${detail})`);
      const sentence = masked(`kafkajs, ${namespace}: ${message}${details.join('')}`);
      if (level <= logLevel.WARN && !isTold(message))
        log.warn(sentence, `kafkajs ${namespace} ${message.replace(/\d+/g, '#')}`);
      else log.debug(sentence);
    };
}
