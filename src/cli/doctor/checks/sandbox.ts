import { enabledSenders, type Facts } from '../facts.ts';
import { fail, ok, type Finding } from '../check.ts';
import type { UnitFacts } from '../systemctl.ts';
import { writtenPlaces } from '../written-paths.ts';

interface Place {
  readonly owner: string;
  readonly path: string;
}

const HOMES = ['/home', '/root', '/run/user'];
const SYSTEM = ['/usr', '/boot', '/efi'];
const TEMPORARY = ['/tmp', '/var/tmp'];
const DIRECTORIES = [
  ['StateDirectory', '/var/lib'],
  ['LogsDirectory', '/var/log'],
  ['RuntimeDirectory', '/run'],
  ['CacheDirectory', '/var/cache'],
] as const;

/** Whether the unit's sandbox lets the service write where the config wants it to, and read the files that it names. */
export async function lookAtSandbox(facts: Facts): Promise<Finding[]> {
  const unit = await facts.unit();
  if (typeof unit === 'string' || unit.LoadState !== 'loaded' || facts.config === undefined) return [];
  const written = writtenPlaces(facts).map(({ owner, directory }) => ({ owner, path: directory }));
  const read = filesOf(facts);
  const findings = [
    ...written.flatMap((place) => troubleOfWriting(place, unit)),
    ...read.flatMap((place) => troubleOfReading(place, unit)),
  ];
  return findings.length > 0 ? findings : [ok(facts.unitName, 'it lets through all that the config names')];
}

function troubleOfWriting({ owner, path }: Place, unit: UnitFacts): Finding[] {
  const granted = grantedPaths(unit);
  const inside = (folders: readonly string[]): boolean => folders.some((folder) => isWithin(path, folder));
  if (unit.PrivateTmp !== 'no' && unit.PrivateTmp !== '' && inside(TEMPORARY))
    return [
      fail(
        owner,
        `${path} is a /tmp of the service alone (PrivateTmp=): nobody else sees what is written there`,
        REMEDY(path),
      ),
    ];
  if (isHidden(path, unit)) return [fail(owner, `the unit hides ${path} (ProtectHome=${unit.ProtectHome})`, MOVE)];
  if (inside(granted)) return [];
  const { ProtectSystem: level } = unit;
  const isProtected =
    level === 'strict' ||
    ((level === 'yes' || level === 'full') && inside(SYSTEM)) ||
    (level === 'full' && inside(['/etc'])) ||
    (unit.ProtectHome === 'read-only' && inside(HOMES));
  return isProtected ? [fail(owner, `the unit makes ${path} read-only`, REMEDY(path))] : [];
}

const MOVE = 'choose another place, such as /var/log/journalbridge';
const REMEDY = (path: string): string => `ReadWritePaths=${path} in a drop-in, or another place`;

function troubleOfReading({ owner, path }: Place, unit: UnitFacts): Finding[] {
  if (!isHidden(path, unit)) return [];
  return [
    fail(owner, `the unit hides ${path} (ProtectHome=${unit.ProtectHome})`, 'put it below /etc, or LoadCredential='),
  ];
}

function isHidden(path: string, { ProtectHome: level }: UnitFacts): boolean {
  return (level === 'yes' || level === 'tmpfs') && HOMES.some((folder) => isWithin(path, folder));
}

function grantedPaths(unit: UnitFacts): string[] {
  const own = DIRECTORIES.flatMap(([property, root]) =>
    words(unit[property]).map((name) => `${root}/${name.split(':')[0]!}`),
  );
  return [...own, ...words(unit.ReadWritePaths).map((path) => path.replace(/^[-+]*/, '')), '/dev', '/proc'];
}

function filesOf({ config }: Facts): Place[] {
  return enabledSenders(config).flatMap(({ name, part: { options } }) =>
    ['ca', 'certfile', 'keyfile'].flatMap((key) => {
      const path = (options as Readonly<Record<string, unknown>>)[key];
      return typeof path === 'string' ? [{ owner: name, path }] : [];
    }),
  );
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`);
}
