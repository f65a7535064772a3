import { senderDefinition } from '../senders/registry.ts';
import type { ConfigFault } from '../errors.ts';
import { faultAt } from './faults.ts';
import { senderOf } from './normalise.ts';
import { isEnabled, isJsonObject } from './walk.ts';

/** Asks each kind of sender what is wrong between its options; senders with faults of other kinds are left out. */
export function findSenderFaults(config: unknown, known: readonly ConfigFault[]): ConfigFault[] {
  return sendersOf(config).flatMap(({ path, sender }) => {
    const definition = senderDefinition(String(sender['output_type']));
    const prefix = faultAt(path, '').path;
    const isWrong = known.some((fault) => fault.path === prefix || fault.path.startsWith(`${prefix}.`));
    if (definition?.faults === undefined || isWrong || !isEnabled(sender)) return [];
    const { options } = senderOf(sender as Parameters<typeof senderOf>[0]);
    return definition.faults(options).map(({ key, message }) => faultAt([...path, key], message));
  });
}

function sendersOf(config: unknown): { path: string[]; sender: Record<string, unknown> }[] {
  return entriesOf(config, 'readers').flatMap(([readerName, reader]) =>
    entriesOf(reader, 'senders').flatMap(([name, sender]) =>
      isJsonObject(sender) ? [{ path: ['readers', readerName, 'senders', name], sender }] : [],
    ),
  );
}

function entriesOf(value: unknown, key: string): [string, unknown][] {
  const inner = isJsonObject(value) ? value[key] : undefined;
  return isJsonObject(inner) ? Object.entries(inner) : [];
}
