import type { ConfigFault } from '../errors.ts';
import { senderDefinition } from '../senders/registry.ts';
import type { SenderDefinition } from '../senders/sender-definition.ts';
import { faultAt } from './faults.ts';
import { senderOf } from './normalise.ts';
import { isEnabled, isJsonObject } from './walk.ts';

/** A sender whose options can be understood, whatever is wrong with the keys that all senders have. */
export interface UsableSender {
  readonly path: readonly string[];
  readonly sender: Record<string, unknown>;
  readonly definition: SenderDefinition;
  readonly options: ReturnType<typeof senderOf>['options'];
}

/** The enabled senders whose own options are all there and have none of these faults. */
export function usableSenders(config: unknown, faults: readonly ConfigFault[]): UsableSender[] {
  return sendersOf(config).flatMap(({ path, sender }) => {
    const { output_type: type } = sender;
    const definition = typeof type === 'string' ? senderDefinition(type) : undefined;
    if (definition === undefined || !isEnabled(sender)) return [];
    const isUsable = Object.entries(definition.options.properties).every(([key, option]) => {
      const at = faultAt([...path, key], '').path;
      const isMissing = option.mandatory === true && sender[key] === undefined;
      return !isMissing && !faults.some((fault) => fault.path === at || fault.path.startsWith(`${at}.`));
    });
    if (!isUsable) return [];
    return [{ path, sender, definition, options: senderOf(sender as Parameters<typeof senderOf>[0]).options }];
  });
}

function sendersOf(config: unknown): { path: string[]; sender: Record<string, unknown> }[] {
  return entriesOf(config, 'readers').flatMap(([readerName, reader]) =>
    entriesOf(reader, 'senders').flatMap(([name, sender]) =>
      isJsonObject(sender) ? [{ path: ['readers', readerName, 'senders', name], sender }] : [],
    ),
  );
}

/** The keys of an object in an object, with their values; none if it is no such thing. */
export function entriesOf(value: unknown, key: string): [string, unknown][] {
  const inner = isJsonObject(value) ? value[key] : undefined;
  return isJsonObject(inner) ? Object.entries(inner) : [];
}
