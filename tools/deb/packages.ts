import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An npm package as it is installed. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Where it lies, below the root of the sources. */
  readonly folder: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  /** Old packages have an object. */
  readonly license?: string | { readonly type: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** What compiles the add-ons; nothing of it runs afterwards. */
const BUILD_ONLY = new Set(['install-artifact-from-github', 'nan', 'node-gyp']);

/** The runtime is shipped as a program, not as a package. */
const RUNTIME = 'node-linux-';

/** All packages that run in production, by the place where Node finds them. */
export function productionPackages(root: string): readonly Package[] {
  const found = new Map<string, Package>();
  visit(root, '', found);
  return [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function visit(root: string, folder: string, found: Map<string, Package>): void {
  const { dependencies, optionalDependencies } = manifestOf(join(root, folder));
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const place = placeOf(root, folder, name);
    if (place === undefined) {
      if (optionalDependencies?.[name] !== undefined) continue;
      throw new Error(`${name}, which ${folder === '' ? 'journalbridge' : folder} needs, is not installed: run npm ci`);
    }
    if (BUILD_ONLY.has(name) || name.startsWith(RUNTIME) || found.has(place)) continue;
    const { version, license = 'unknown' } = manifestOf(join(root, place));
    const licenceName = typeof license === 'string' ? license : license.type;
    found.set(place, { name, version, license: licenceName, folder: place });
    visit(root, place, found);
  }
}

/** Node's own search: the nearest node_modules upwards. */
function placeOf(root: string, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder === '.' ? '' : folder, 'node_modules', name);
    if (existsSync(join(root, place, 'package.json'))) return place;
    if (folder === '' || folder === '.') return undefined;
  }
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
