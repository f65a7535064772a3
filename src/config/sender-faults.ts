import type { SenderDefinition } from '../senders/sender-definition.ts';
import { senderOptions } from './options/sender.ts';
import { faultAt } from './faults.ts';
import { findShared } from './shared-places.ts';
import type { Findings } from './prepare.ts';
import { entriesOf, usableSenders } from './usable-senders.ts';
import { isEnabled } from './walk.ts';

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
