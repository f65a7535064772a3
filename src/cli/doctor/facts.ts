import type { Config, ReaderConfig, SenderConfig } from '../../config/schema.ts';
import type { ConfigFault } from '../../errors.ts';
import { messageOf } from '../../errors.ts';
import { probeJournalctl, type Capabilities } from '../../journal/probe.ts';
import { unitOf } from '../unit-of.ts';
import { readUnit, type UnitFacts } from './systemctl.ts';

/** What several checks need to know; what takes time is found out when it is asked for, and once. */
export interface Facts {
  readonly configPath: string;
  /** Of the config file; undefined: it cannot be read. */
  readonly text: string | undefined;
  /** Undefined: it cannot be used, and the checks that need it have nothing to look at. */
  readonly config: Config | undefined;
  readonly faults: readonly ConfigFault[];
  readonly warnings: readonly ConfigFault[];
  /** The service that runs with this config. */
  readonly unitName: string;
  readonly journalctl: () => Promise<Capabilities | string>;
  readonly unit: () => Promise<UnitFacts | string>;
}

/** A reader or sender that is in use, and its name for people. */
export interface Named<T> {
  readonly name: string;
  readonly part: T;
}

/** Gathers what is known of a config; the answer of a question that cannot be answered is a sentence. */
export function factsOf(known: Pick<Facts, 'configPath' | 'text' | 'config' | 'faults' | 'warnings'>): Facts {
  const unitName = unitOf(known.configPath);
  const command = known.config?.journalctl_path ?? 'journalctl';
  return {
    ...known,
    unitName,
    journalctl: once(() => probeJournalctl(command, 5000).catch((error: unknown) => messageOf(error))),
    unit: once(() => readUnit(unitName)),
  };
}

export function enabledReaders(config: Config | undefined): Named<ReaderConfig>[] {
  const all = Object.entries(config?.readers ?? {}).map(([name, part]) => ({ name, part }));
  return all.filter(({ part }) => part.enabled);
}

export function enabledSenders(config: Config | undefined): (Named<SenderConfig> & { readonly reader: string })[] {
  return enabledReaders(config).flatMap(({ name: reader, part: { senders } }) =>
    Object.entries(senders)
      .filter(([, { enabled }]) => enabled)
      .map(([name, part]) => ({ reader, name: `${reader}.${name}`, part })),
  );
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}
