import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../test/support/ports.ts';
import type { Shipper } from './shipper.ts';

const UPLOAD = '/lib/systemd/systemd-journal-upload';
const REMOTE = '/lib/systemd/systemd-journal-remote';

/** systemd-journal-upload, over plain HTTP on this machine to systemd-journal-remote, which writes a journal. */
export function journalUpload(version: string): Shipper {
  return {
    name: 'journal-upload',
    version,
    ends: true,
    async prepare({ folder, journal, inside }, mode) {
      const path = join(folder, 'output');
      await mkdir(path, { recursive: true });
      const [port] = (await freePorts(1)) as [number];
      const where = journal === undefined ? [] : ['-D', journal];
      const follow = `--follow=${mode === 'follow' ? 'yes' : 'no'}`;
      const state = `--save-state=${join(folder, 'upload.state')}`;
      const line = inside(UPLOAD, `--url=http://127.0.0.1:${port}`, ...where, follow, state);
      const listen = `--listen-http=127.0.0.1:${port}`;
      const file = `--output=${join(path, 'remote.journal')}`;
      const companion = { line: [REMOTE, listen, '--split-mode=none', file], port } as const;
      return { line, output: { kind: 'journal', path }, companion };
    },
  };
}
