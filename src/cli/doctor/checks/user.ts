import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { fail, ok, type Finding } from '../check.ts';
import type { Facts } from '../facts.ts';

interface Account {
  readonly name: string;
  readonly gid: number;
}

const READING_GROUPS = ['systemd-journal', 'adm'];
const USER = 'journalbridge';

/** Who asks, in which groups, and whether the service would be somebody else. */
export async function lookAtUser(facts: Facts): Promise<Finding[]> {
  const [unit, passwd, groups] = await Promise.all([facts.unit(), lines('/etc/passwd'), lines('/etc/group')]);
  const own = ownName();
  const named = new Map(groups.map(([name = '', , gid]) => [Number(gid), name]));
  const mine = (process.getgroups?.() ?? []).map((gid) => named.get(gid) ?? String(gid));
  const asked = ok(own, `asks, in ${mine.length === 0 ? 'no group' : `the groups ${mine.join(', ')}`}`);
  const service = serviceUser(unit, passwd);
  if (service === undefined || service.name === own) return [asked];
  return [asked, ...lookAtService(service, { own, unit, groups })];
}

function lookAtService(
  { name, gid }: Account,
  { own, unit, groups }: { own: string; unit: unknown; groups: readonly string[][] },
): Finding[] {
  const supplementary = typeof unit === 'object' ? (unit as { SupplementaryGroups: string }).SupplementaryGroups : '';
  const member = groups.filter(([, , id, members = '']) => Number(id) === gid || members.split(',').includes(name));
  const all = [...member.map(([group]) => group!), ...supplementary.split(/\s+/).filter((group) => group !== '')];
  const groupsText = `runs the service, in the groups ${[...new Set(all)].join(', ')}`;
  const mayRead = name === 'root' || READING_GROUPS.some((group) => all.includes(group));
  const remedy = `to see what it may read and write: runuser -u ${name} -- journalbridge doctor`;
  if (!mayRead)
    return [
      fail(name, `${groupsText}, so it may not read the journal`, 'SupplementaryGroups=systemd-journal in the unit'),
    ];
  return [{ ...ok(name, `${groupsText}; you are ${own}, whose rights are others`), remedy }];
}

/** The user of the unit; where there is no unit to ask, the one that the package makes. */
function serviceUser(unit: unknown, passwd: readonly string[][]): Account | undefined {
  const wanted = typeof unit === 'object' ? (unit as { User: string }).User || undefined : USER;
  const found = passwd.find(([name]) => name === wanted);
  return found === undefined ? undefined : { name: found[0]!, gid: Number(found[3]) };
}

function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`; // a container may have no name for it
  }
}

async function lines(path: string): Promise<string[][]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.split(':'));
}
