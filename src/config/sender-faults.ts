import { senderDefinition } from '../senders/registry.ts';
import type { SenderDefinition } from '../senders/sender-definition.ts';
import { senderOptions } from './options/sender.ts';
import { faultAt } from './faults.ts';
import { senderOf } from './normalise.ts';
import type { Findings } from './prepare.ts';
import { isEnabled, isJsonObject } from './walk.ts';

/** Asks each kind of sender what is wrong or odd between its options; senders with faults of other kinds are left out. */
export function askSenders(config: unknown, { faults, warnings }: Findings): void {
  const known = [...faults];
  for (const { path, sender } of sendersOf(config)) {
    const definition = senderDefinition(String(sender['output_type']));
    const prefix = faultAt(path, '').path;
    const isWrong = known.some((fault) => fault.path === prefix || fault.path.startsWith(`${prefix}.`));
    if (definition === undefined || isWrong || !isEnabled(sender)) continue;
    const { options } = senderOf(sender as Parameters<typeof senderOf>[0]);
    const found = [...(definition.faults?.(options) ?? []), ...hostFaults(definition, sender)];
    faults.push(...found.map(({ key, message }) => faultAt([...path, key], message)));
    const doubts = [...(definition.doubts?.(options) ?? []), ...hostDoubts(definition, sender)];
    warnings.push(...doubts.map(({ key, message }) => faultAt([...path, key], message)));
  }
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
