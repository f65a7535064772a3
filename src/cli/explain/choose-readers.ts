import type { Config } from '../../config/schema.ts';
import type { ReaderChoice } from './entry.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The readers to be explained, each with its senders: those that are enabled, or the one that is named even if it is
 * not. Throws UsageError with the names there are.
 */
export function chooseReaders(config: Config, reader: string | undefined, sender: string | undefined): ReaderChoice[] {
  const readers = named(config.readers, reader, 'reader').map(([name, options]) => ({ name, reader: options }));
  if (sender === undefined) {
    return readers.map((each) => ({ ...each, senders: Object.fromEntries(enabledOf(each.reader.senders)) }));
  }
  const having = readers.filter((each) => Object.hasOwn(each.reader.senders, sender));
  if (having.length === 0) {
    throw unknown(
      'sender',
      sender,
      readers.flatMap((each) => Object.keys(each.reader.senders)),
    );
  }
  return having.map((each) => ({ ...each, senders: { [sender]: each.reader.senders[sender]! } }));
}

type Named<T> = Readonly<Record<string, T>>;

function named<T extends { readonly enabled: boolean }>(all: Named<T>, name: string | undefined, what: string) {
  if (name === undefined) return enabledOf(all);
  const found = Object.entries(all).filter(([each]) => each === name);
  if (found.length === 0) throw unknown(what, name, Object.keys(all));
  return found;
}

function enabledOf<T extends { readonly enabled: boolean }>(all: Named<T>): [string, T][] {
  return Object.entries(all).filter(([, { enabled }]) => enabled);
}

function unknown(what: string, name: string, names: readonly string[]): UsageError {
  const those = names.length === 0 ? 'there is none' : `there are: ${[...new Set(names)].join(', ')}`;
  return new UsageError(`no ${what} is named ${JSON.stringify(name)}; ${those}`, { wantsUsage: false });
}
