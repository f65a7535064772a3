import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { ConfigError } from '../../errors.ts';
import { certificateDoubts } from './certificates.ts';
import { placed } from '../placed.ts';
import { tryConnections } from './try-connections.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';
import type { ConfigFault } from '../../errors.ts';

/** The exit code of a config that cannot be used (sysexits.h, EX_CONFIG). */
export const EXIT_CONFIG = 78;

/** Where a command writes; `process.stdout` and `process.stderr` fit. */
export interface CheckOutput {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
}

/**
 * Says whether a config file can be used: a summary, or every fault on a line of its own; with `connect`, whether its
 * destinations can be, too. Returns the exit code: 0, 78 for a fault, 1 when a connection has trouble.
 */
export async function checkConfig(
  file: string,
  { out, err }: CheckOutput,
  { connect = false }: { connect?: boolean } = {},
): Promise<number> {
  try {
    const { config, warnings } = await loadConfig(file);
    const doubts = connect ? [] : await certificateDoubts(config);
    for (const warning of [...warnings, ...doubts]) err.write(`warning: ${lineOf(warning)}\n`);
    out.write(`${escapeUnsafe(file)}: fine: ${summaryOf(config)}\n`);
    return connect ? await checkConnections(config, out) : 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const fault of error.faults) err.write(`${lineOf(placed(fault, file))}\n`);
    return EXIT_CONFIG;
  }
}

async function checkConnections(config: Config, out: CheckOutput['out']): Promise<number> {
  const results = await tryConnections(config);
  for (const { name, trouble } of results) out.write(escapeUnsafe(`${name}: ${trouble ?? 'fine'}`) + '\n');
  return results.some(({ trouble }) => trouble !== undefined) ? 1 : 0;
}

/** A fault as one line: where it stands, and what is wrong. */
export function lineOf({ path, message }: ConfigFault): string {
  return escapeUnsafe(path === '' ? message : `${path}: ${message}`);
}

/** `2 readers (1 disabled), 3 senders (2 file, 1 kafka)`: what would run. */
export function summaryOf({ readers }: Config): string {
  const all = Object.values(readers);
  const active = all.filter(({ enabled }) => enabled);
  const senders = active.flatMap((reader) => Object.values(reader.senders));
  const used = senders.filter(({ enabled }) => enabled);
  const types = used.map((sender) => sender.output_type);
  const encrypted = used.filter(({ encrypt }) => encrypt !== undefined).length;
  return [
    `${count(active.length, 'reader')}${noteOf(some(all.length - active.length, 'disabled'))}`,
    `${count(types.length, 'sender')}${noteOf([...countByType(types), ...some(encrypted, 'encrypted'), ...some(senders.length - types.length, 'disabled')])}`,
  ].join(', ');
}

function countByType(types: readonly string[]): string[] {
  const distinct = [...new Set(types)].sort();
  if (distinct.length === 1) return distinct;
  return distinct.map((type) => `${types.filter((other) => other === type).length} ${type}`);
}

function some(number: number, what: string): string[] {
  return number === 0 ? [] : [`${number} ${what}`];
}

function noteOf(parts: readonly string[]): string {
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
