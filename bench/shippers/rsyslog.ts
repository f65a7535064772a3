import { join } from 'node:path';
import { writePeerConfig } from './config.ts';
import { libraryPath, pathIn, unpackedPackage, versionOf } from './packages.ts';
import type { Shipper } from './shipper.ts';

/** rsyslog with imjournal and omfile, from its Debian package. */
export async function findRsyslog(): Promise<Shipper> {
  const root = await unpackedPackage('rsyslog');
  const [program, modules, libraries] = await Promise.all([
    pathIn(root, 'usr/sbin/rsyslogd'),
    pathIn(root, 'usr/lib/*/rsyslog'),
    libraryPath(root),
  ]);
  const start = ['env', `LD_LIBRARY_PATH=${libraries}`, program] as const;
  return {
    name: 'rsyslog',
    version: await versionOf([...start, '-v']),
    ends: false,
    async prepare({ folder, inside }) {
      const { config, output } = await writePeerConfig('rsyslog', folder);
      const line = inside(...start, '-n', '-f', config, '-i', join(folder, 'rsyslog.pid'), '-M', modules);
      return { line, output };
    },
  };
}
