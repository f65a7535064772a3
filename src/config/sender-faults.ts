import type { ConfigFault } from '../errors.ts';
import { senderDefinition } from '../senders/registry.ts';
import type { SenderDefinition } from '../senders/sender-definition.ts';
import { senderOptions } from './options/sender.ts';
import { faultAt } from './faults.ts';
import { senderOf } from './normalise.ts';
import { findShared } from './shared-places.ts';
import type { Findings } from './prepare.ts';
import { isEnabled, isJsonObject } from './walk.ts';

/** Asks each kind of sender what is wrong or odd between its options; those whose own options have faults are left out. */
export function askSenders(config: unknown, { faults, warnings }: Findings): void {
  const known = [...faults];
  for (const { path, sender, definition, options } of usableSenders(config, known)) {
    const found = [...(definition.faults?.(options) ?? []), ...hostFaults(definition, sender)];
    faults.push(...found.map(({ key, message }) => faultAt([...path, key], message)));
    const doubts = [...(definition.doubts?.(options) ?? []), ...hostDoubts(definition, sender)];
    warnings.push(...doubts.map(({ key, message }) => faultAt([...path, key], message)));
  }
  findShared(usableSenders(withoutDisabledReaders(config), [...faults]), { faults, warnings });
}

function withoutDisabledReaders(config: unknown): unknown {
  return { readers: Object.fromEntries(entriesOf(config, 'readers').filter(([, reader]) => isEnabled(reader))) };
}

/** A sender whose options can be understood, whatever is wrong with the keys that all senders have. */
export interface UsableSender {
  readonly path: readonly string[];
  readonly sender: Record<string, unknown>;
  readonly definition: SenderDefinition;
  readonly options: ReturnType<typeof senderOf>['options'];
}

/** The enabled senders whose own options are all there and have none of these faults. */
function usableSenders(config: unknown, faults: readonly ConfigFault[]): UsableSender[] {
  return sendersOf(config).flatMap(({ path, sender }) => {
    const definition = senderDefinition(String(sender['output_type']));
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

/** One that hosts deliveries makes documents of its own from the entries, and has to understand them. */
function hostFaults(definition: SenderDefinition, sender: Record<string, unknown>): { key: string; message: string }[] {
  if (definition.host === undefined || sender['encrypt'] === undefined) return [];
  return [
    { key: 'encrypt', message: `${definition.type} has to see the fields of an entry; it cannot get them encrypted` },
  ];
}

/** Documents do not depend on what a line looks like elsewhere. */
function hostDoubts(definition: SenderDefinition, sender: Record<string, unknown>): { key: string; message: string }[] {
  const isUsual = sender['format'] === senderOptions.format.default || sender['format'] === 'journald';
  if (definition.host === undefined || isUsual) return [];
  const message = `has no effect: ${definition.type} makes documents of its own from the entries; leave it out`;
  return [{ key: 'format', message }];
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
