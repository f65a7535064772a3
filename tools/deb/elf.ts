import { execFileSync } from 'node:child_process';

/** Which program of binutils strips for an architecture: the machine's own one, or that of the cross tools. */
function stripFor(arch: string): string {
  if (process.arch === (arch === 'amd64' ? 'x64' : arch)) return 'strip';
  return arch === 'arm64' ? 'aarch64-linux-gnu-strip' : 'x86_64-linux-gnu-strip';
}

/** Takes the symbols out that only a debugger wants; what programs and add-ons look up by name stays. */
export function strip(file: string, arch: string): void {
  execFileSync(stripFor(arch), ['--strip-unneeded', '--remove-section=.comment', '--remove-section=.note', file]);
}

/** The newest version of each symbol family (GLIBC, GLIBCXX, …) that a program or add-on asks for. */
export function symbolVersions(file: string): Readonly<Record<string, string>> {
  const symbols = execFileSync('objdump', ['-T', file], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const newest: Record<string, string> = {};
  for (const [, family, version] of symbols.matchAll(/\((GLIBC|GLIBCXX|CXXABI|GCC|LIBATOMIC)_([\d.]+)\)/g)) {
    const [key, known] = [family!, newest[family!]];
    if (known === undefined || isNewer(version!, known)) newest[key] = version!;
  }
  return newest;
}

/** Whether a dotted version is newer than another one. */
export function isNewer(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) > 0;
}
