import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError, type ConfigFault } from '../errors.ts';
import { senderDefinition } from '../senders/registry.ts';
import { tlsTrouble } from '../senders/tls.ts';
import { readSmallFile } from '../small-file.ts';
import { enabledReaders } from './changes.ts';
import type { Config, ReaderConfig, SenderConfig } from './schema.ts';

/** Notes what is in the files that senders read, so that a reload sees when one of them holds something else. */
export async function noteFiles(config: Config): Promise<Config> {
  return { ...config, readers: await mapAsync(config.readers, noteFilesOfReader) };
}

/** Throws ConfigError where files have changed and cannot be used: a reload would end a connection that works. */
export async function refuseSpoiltFiles(before: Config, after: Config): Promise<void> {
  const faults: ConfigFault[] = [];
  for (const [reader, { senders }] of enabledReaders(after)) {
    for (const [name, { options, files }] of Object.entries(senders)) {
      const known = before.readers[reader]?.senders[name]?.files;
      if (known === undefined || isDeepStrictEqual(known, files)) continue;
      const trouble = await tlsTrouble(options);
      if (trouble === undefined) continue;
      const path = `readers.${reader}.senders.${name}`;
      faults.push({ path, message: `its certificates have changed and cannot be used: ${trouble}` });
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
}

async function noteFilesOfReader(reader: ReaderConfig): Promise<ReaderConfig> {
  return { ...reader, senders: await mapAsync(reader.senders, noteFilesOfSender) };
}

async function noteFilesOfSender(sender: SenderConfig): Promise<SenderConfig> {
  const declared = Object.entries(senderDefinition(sender.output_type)?.options.properties ?? {});
  const keys = declared.filter(([, option]) => option.reads).map(([key]) => key);
  const digests = await Promise.all(keys.map(async (key) => [key, await digestOf(sender.options[key])] as const));
  const known = digests.filter(([, digest]) => digest !== undefined);
  return known.length === 0 ? sender : { ...sender, files: Object.fromEntries(known) as Record<string, string> };
}

/** Undefined for a file that cannot be read now: whoever needs it says so. */
async function digestOf(path: unknown): Promise<string | undefined> {
  if (typeof path !== 'string') return undefined;
  const bytes = await readSmallFile(path, path).catch(() => undefined);
  return bytes && createHash('sha256').update(bytes).digest('hex');
}

async function mapAsync<T>(from: Readonly<Record<string, T>>, convert: (value: T) => Promise<T>) {
  const entries = Object.entries(from).map(async ([name, value]) => [name, await convert(value)] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, T>;
}
