import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where images and boxes lie, kept from one run of the tests to the next. */
export const BOXES = join(import.meta.dirname, '../../.cache/box');

const SUITE = 'bookworm';
const MIRROR = 'http://deb.debian.org/debian/';
/** What a plain Debian 12 has, and what the package depends on: a box has no network to get it from. */
const PACKAGES = 'systemd,systemd-sysv,dbus,procps,adduser,libstdc++6,libatomic1,libgcc-s1,ca-certificates'.split(',');
/** What a machine without hardware does not need, and what only slows its start. */
const MASKED = [
  'systemd-timesyncd.service',
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'fstrim.timer',
  'console-getty.service',
  'systemd-networkd.service',
];

/** The folder with a Debian 12 that can boot; made by debootstrap when it is not there yet, which takes minutes. */
export function baseImage(): string {
  const id = createHash('sha256')
    .update([SUITE, ...PACKAGES, ...MASKED].join())
    .digest('hex')
    .slice(0, 12);
  const folder = join(BOXES, `base-${id}`);
  if (!existsSync(folder)) build(folder);
  return folder;
}

function build(folder: string): void {
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(BOXES, { recursive: true });
  try {
    const options = ['--variant=minbase', `--include=${PACKAGES.join()}`];
    execFileSync('debootstrap', [...options, SUITE, temporary, mirror()], { stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('sh', ['-c', 'rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/*'], { cwd: temporary });
    mkdirSync(join(temporary, 'var/log/journal'), { recursive: true });
    writeFileSync(join(temporary, 'etc/hostname'), 'box\n');
    for (const unit of MASKED) symlinkSync('/dev/null', join(temporary, 'etc/systemd/system', unit));
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // else somebody else was faster
  }
}

/** The mirror that apt uses here, if it is one of Debian. */
function mirror(): string {
  try {
    const text = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' });
    return text.split('\n').find((line) => /\/debian\/?$/.test(line)) ?? MIRROR;
  } catch {
    return MIRROR;
  }
}
