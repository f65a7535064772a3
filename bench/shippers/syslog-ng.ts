import { join } from 'node:path';
import { writePeerConfig } from './config.ts';
import { libraryPath, pathIn, unpackedPackage, versionOf } from './packages.ts';
import type { Shipper } from './shipper.ts';

/** syslog-ng with systemd-journal() and file(), from its Debian package. */
export async function findSyslogNg(): Promise<Shipper> {
  const root = await unpackedPackage('syslog-ng-core');
  const [program, modules, libraries] = await Promise.all([
    pathIn(root, 'usr/sbin/syslog-ng'),
    pathIn(root, 'usr/lib/syslog-ng/[0-9]*'),
    libraryPath(root),
  ]);
  const start = ['env', `LD_LIBRARY_PATH=${libraries}`, program] as const;
  const module = `--module-path=${modules}`;
  return {
    name: 'syslog-ng',
    version: await versionOf([...start, '--version', module]),
    ends: false,
    async prepare({ folder, inside }) {
      const { config, output } = await writePeerConfig('syslog-ng', folder);
      const files = { '-p': 'pid', '-R': 'persist', '-c': 'ctl' };
      const own = Object.entries(files).flatMap(([option, end]) => [option, join(folder, `syslog-ng.${end}`)]);
      return { line: inside(...start, '-F', '--no-caps', '-f', config, module, ...own), output };
    },
  };
}
