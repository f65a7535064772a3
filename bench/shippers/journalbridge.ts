import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shipper } from './shipper.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

/** What we are called in results and tables. */
export const OURS = 'journalbridge';

/** journalbridge with one file sender, fsync for each batch as it is by default. */
export function journalbridge(version: string, format: 'journalpump' | 'journald' = 'journalpump'): Shipper {
  return {
    name: format === 'journalpump' ? OURS : `${OURS}, format "${format}"`,
    version,
    ends: true,
    async prepare({ folder, journal, inside }, mode) {
      const path = join(folder, 'output.jsonl');
      const sender = { output_type: 'file', file_output: path, format };
      const reader = { ...(journal !== undefined && { journal_path: journal }), senders: { out: sender } };
      const config = join(folder, 'config.json');
      const state = join(folder, 'state.json');
      await writeFile(config, JSON.stringify({ json_state_file_path: state, readers: { bench: reader } }));
      const flags = mode === 'once' ? ['--once'] : [];
      return { line: inside(process.execPath, main, 'run', ...flags, config), output: { kind: 'lines', path } };
    },
  };
}
