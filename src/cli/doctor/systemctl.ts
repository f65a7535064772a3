import { askProgram } from './ask-program.ts';

/** The properties of a unit as `systemctl show` tells them; '' for what this systemd does not know. */
export type UnitFacts = Readonly<Record<Property, string>>;

const PROPERTIES = [
  'LoadState',
  'UnitFileState',
  'ActiveState',
  'SubState',
  'Result',
  'ExecMainStatus',
  'NRestarts',
  'NeedDaemonReload',
  'DropInPaths',
  'WatchdogUSec',
  'User',
  'SupplementaryGroups',
  'Environment',
  'ProtectSystem',
  'ProtectHome',
  'PrivateTmp',
  'ReadWritePaths',
  'InaccessiblePaths',
  'StateDirectory',
  'LogsDirectory',
  'RuntimeDirectory',
  'CacheDirectory',
] as const;
type Property = (typeof PROPERTIES)[number];

/** Asks systemd for a unit; a sentence where there is nobody to ask. */
export async function readUnit(name: string): Promise<UnitFacts | string> {
  const answer = await askProgram('systemctl', 'show', name, `--property=${PROPERTIES.join(',')}`);
  if ('trouble' in answer) return answer.trouble;
  return parseUnit(answer.text);
}

/** Reads what `systemctl show` writes. */
function parseUnit(text: string): UnitFacts {
  const told = new Map(
    text.split('\n').map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return Object.fromEntries(PROPERTIES.map((name) => [name, told.get(name) ?? ''])) as UnitFacts;
}
