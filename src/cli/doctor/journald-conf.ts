import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOTS = ['/usr/lib/systemd', '/usr/local/lib/systemd', '/run/systemd', '/etc/systemd'];

/** The [Journal] section of journald.conf and of what is dropped in beside it (journald.conf(5)): the last one wins. */
export async function readJournaldConf(roots = ROOTS): Promise<ReadonlyMap<string, string>> {
  const mains = roots.map((root) => join(root, 'journald.conf'));
  // A file of the same name in a later root takes the place of an earlier one.
  const dropIns = new Map<string, string>();
  for (const root of roots) {
    const folder = join(root, 'journald.conf.d');
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((each) => each.endsWith('.conf'))) dropIns.set(name, join(folder, name));
  }
  const ordered = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  const values = new Map<string, string>();
  for (const path of [...mains, ...ordered]) {
    for (const [key, value] of settingsIn(await readFile(path, 'utf8').catch(() => ''))) values.set(key, value);
  }
  return values;
}

/** The settings in the text of such a file. */
function settingsIn(text: string): [string, string][] {
  return text.split('\n').flatMap((line) => {
    const [, key, value] = /^\s*([A-Za-z]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value]];
  });
}
