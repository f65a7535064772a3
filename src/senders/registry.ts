import { elasticsearchSender, opensearchSender } from './elasticsearch/definition.ts';
import { fileSender } from './file/definition.ts';
import { gulpSender } from './gulp/definition.ts';
import { kafkaSender } from './kafka/definition.ts';
import type { SenderDefinition } from './sender-definition.ts';
import { stdoutSender } from './stdout/definition.ts';
import { websocketSender } from './websocket/definition.ts';

/** Every type of sender that `output_type` can name: one line each. */
export const senderDefinitions: readonly SenderDefinition[] = [
  fileSender,
  elasticsearchSender,
  opensearchSender,
  kafkaSender,
  gulpSender,
  websocketSender,
  stdoutSender,
];

/** The definition of an `output_type`, if there is one. */
export function senderDefinition(type: string): SenderDefinition | undefined {
  return senderDefinitions.find((definition) => definition.type === type);
}
