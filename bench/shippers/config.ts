import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Output } from './shipper.ts';

/** Writes the config of a peer (`NAME.conf` beside this file) into its folder. */
export async function writePeerConfig(name: string, folder: string): Promise<{ config: string; output: Output }> {
  const path = join(folder, 'output.jsonl');
  const config = join(folder, 'config');
  const template = await readFile(join(import.meta.dirname, `${name}.conf`), 'utf8');
  await writeFile(config, template.replaceAll('@FOLDER@', folder).replaceAll('@OUTPUT@', path));
  return { config, output: { kind: 'lines', path } };
}
