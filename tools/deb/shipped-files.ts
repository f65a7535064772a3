import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const RUNS = new Set(['.js', '.cjs', '.mjs', '.json', '.node']);
const ASIDE = new Set([
  ...['test', 'tests', '__tests__', 'example', 'examples', 'doc', 'docs', 'bench', 'benchmark', 'benchmarks'],
  ...['node_modules', 'obj.target', 'vendor', 'coverage', 'types'],
]);
const SETTINGS_OF_TOOLS =
  /^(tsconfig.*\.json|.*\.config\.(js|mjs|cjs)|package-lock\.json|.*\.test\.[cm]?js|.*\.tsbuildinfo)$/;

/** The files of a package that run: code, data and add-ons; no sources of add-ons, types, maps, tests, documentation. */
export function shippedFiles(folder: string): readonly string[] {
  return list(folder, '').sort();
}

function list(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) return [];
    if (entry.isDirectory()) return ASIDE.has(entry.name) ? [] : list(root, path);
    return RUNS.has(extname(entry.name)) && !SETTINGS_OF_TOOLS.test(entry.name) ? [path] : [];
  });
}
