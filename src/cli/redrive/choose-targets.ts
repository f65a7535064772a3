import type { Config, ReaderConfig, SenderConfig } from '../../config/schema.ts';
import { UsageError } from '../usage-error.ts';

/** A sender whose dead letters are meant. */
export interface RedriveTarget {
  readonly readerName: string;
  readonly senderName: string;
  readonly reader: ReaderConfig;
  readonly sender: SenderConfig;
}

/** The senders of this name, disabled ones included: in all readers, or in the one that is named. Throws UsageError. */
export function chooseTargets(config: Config, sender: string, reader: string | undefined): RedriveTarget[] {
  const all = Object.entries(config.readers).flatMap(([readerName, readerConfig]) =>
    Object.entries(readerConfig.senders).map(([senderName, senderConfig]) => ({
      readerName,
      senderName,
      reader: readerConfig,
      sender: senderConfig,
    })),
  );
  const found = all.filter(
    ({ readerName, senderName }) =>
      (reader === undefined || reader === readerName) &&
      (sender === senderName || sender === `${readerName}.${senderName}`),
  );
  if (found.length > 0) return found;
  const names = all.map((target) => `${target.readerName}.${target.senderName}`);
  const those = names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}`;
  const where = reader === undefined ? '' : ` in the reader ${JSON.stringify(reader)}`;
  throw new UsageError(`no sender is named ${JSON.stringify(sender)}${where}; ${those}`, { wantsUsage: false });
}
