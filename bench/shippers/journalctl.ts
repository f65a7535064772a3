import { join } from 'node:path';
import type { Output, Shipper } from './shipper.ts';

/** journalctl alone, its output into a file: neither checkpoint nor restart. */
export function journalctl(format: 'export' | 'json', version: string): Shipper {
  const kind: Output['kind'] = format === 'json' ? 'lines' : 'export';
  return {
    name: `journalctl -o ${format}`,
    version,
    ends: true,
    prepare({ folder, journal, inside }, mode) {
      const path = join(folder, `output.${format}`);
      const where = journal === undefined ? [] : ['-D', journal];
      const line = inside('journalctl', '-o', format, ...where, ...(mode === 'follow' ? ['-f', '-n', 'all'] : []));
      return Promise.resolve({ line, stdout: path, output: { kind, path } });
    },
  };
}
