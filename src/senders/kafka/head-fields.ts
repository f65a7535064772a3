import { parseTemplate } from '../template.ts';

/** The field that the header `host` comes from. */
export const HOST_FIELD = 'HOSTNAME';

/** The fields that the sender wants to know of each entry: those of the topic, of the key, and the host. */
export function headFields(options: {
  readonly kafka_topic: string;
  readonly kafka_msg_key?: string | undefined;
}): string[] {
  const templates = [options.kafka_topic, options.kafka_msg_key ?? ''].map(parseTemplate);
  return [...new Set([...templates.flatMap(({ fields }) => fields), HOST_FIELD])];
}
