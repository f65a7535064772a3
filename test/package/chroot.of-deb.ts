import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cachedJournal } from '../support/journal-cache.ts';
import { lackOf } from '../support/requirements.ts';
import { baseImage, BOXES } from './base-image.ts';
import { buildPackage, otherPackage } from './packages.ts';

// dpkg where no systemd runs: in a container image or an installer. One folder through the life of a package: each
// test goes on where the one before has left it.

const CONFIG = '/etc/journalbridge/journalbridge.json';

let root: string;
let version: string;
let filesBefore: string;
let usersBefore: string;

before(async () => {
  const lack = lackOf('booting machines');
  if (lack !== undefined) throw new Error(`not tested: ${lack}`);
  const base = baseImage();
  // Named so that a box removes it when this process was killed.
  root = join(BOXES, `box-${process.pid}-${randomBytes(3).toString('hex')}`);
  execFileSync('cp', ['-a', '--reflink=auto', base, root]);
  const built = buildPackage();
  version = built.version;
  copyFileSync(otherPackage(built.path), join(root, 'root/old.deb'));
  copyFileSync(built.path, join(root, 'root/new.deb'));
  cpSync(await cachedJournal({ count: 1000 }), join(root, 'srv/journal'), { recursive: true });
  // What Debian's policy helper asks before anything is started: nothing may be.
  writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  run('chgrp -R systemd-journal /srv/journal; chmod -R u=rwX,g=rX,o= /srv/journal');
  filesBefore = files();
  usersBefore = users();
});

after(() => {
  rmSync(root, { recursive: true, force: true });
});

test('dpkg installs it, and enables nothing', () => {
  run('dpkg --install /root/old.deb');

  assert.equal(run(`stat -c '%a %U:%G' ${CONFIG}`), '640 root:journalbridge');
  assert.equal(run('id -nG journalbridge'), 'journalbridge systemd-journal');
  assert.equal(run('getent passwd journalbridge | cut -d : -f 6,7'), '/var/lib/journalbridge:/usr/sbin/nologin');
  assert.equal(run("find /etc/systemd -name '*journalbridge*'"), '');
  assert.equal(run('dpkg --audit; dpkg --verify journalbridge'), '');
});

test('the program runs there, with its own Node, and takes its default config', () => {
  assert.match(run('journalbridge --version'), /^journalbridge \d/);
  assert.match(run(`journalbridge check ${CONFIG}`), /: fine: 1 reader, 1 sender \(file\)/);
});

test('the user of the package ships a journal', () => {
  const senders = { file: { output_type: 'file', file_output: '/tmp/out.jsonl' } };
  const config = {
    json_state_file_path: '/tmp/state.json',
    readers: { all: { journal_path: '/srv/journal', senders } },
  };
  writeFileSync(join(root, 'tmp/config.json'), JSON.stringify(config));

  run('setpriv --reuid journalbridge --regid journalbridge --init-groups journalbridge run --once /tmp/config.json');

  assert.equal(run('wc -l < /tmp/out.jsonl'), '1000');
  run('rm -rf /tmp/*');
});

test('an upgrade keeps an edited config, and whom the administrator lets read it', () => {
  run(`sed -i s/14/7/ ${CONFIG}; chgrp adm ${CONFIG}; chmod 0644 ${CONFIG}; mkdir -p /var/lib/journalbridge`);
  run('echo {} > /var/lib/journalbridge/state.json; echo {} > /etc/journalbridge/second.json');
  const edited = run(`cat ${CONFIG}`);

  run('dpkg --install --force-confold /root/new.deb');

  assert.equal(run(`cat ${CONFIG}`), edited);
  assert.equal(run(`stat -c '%a %U:%G' ${CONFIG}`), '644 root:adm');
  assert.match(run('journalbridge --version'), new RegExp(` ${version}$`));
  assert.equal(run('cat /var/lib/journalbridge/state.json /etc/journalbridge/second.json'), '{}\n{}');
});

test('removal keeps config and state; installed again, both are used', () => {
  run('dpkg --remove journalbridge');
  const isThere = (path: string): boolean => existsSync(join(root, path));
  assert.deepEqual(
    [CONFIG, '/var/lib/journalbridge/state.json', '/etc/journalbridge/second.json'].filter(isThere).length,
    3,
  );
  assert.deepEqual(['/usr/bin/journalbridge', '/usr/lib/journalbridge'].filter(isThere), []);

  run('dpkg --install --force-confold /root/new.deb');

  assert.equal(run("dpkg-query -W -f '${db:Status-Abbrev}' journalbridge"), 'ii');
  assert.match(run(`cat ${CONFIG}`), /"files": 7/);
});

test('an installation that is aborted half way can be gone on with', () => {
  run('dpkg --unpack /root/new.deb; dpkg --configure journalbridge; dpkg --configure -a');

  assert.equal(run("dpkg-query -W -f '${db:Status-Abbrev}' journalbridge"), 'ii');
});

test('purge leaves every file as it was before, and no user', () => {
  run('mkdir -p /var/log/journalbridge/second /run/journalbridge; touch /var/log/journalbridge/second/out.jsonl');

  run('dpkg --purge journalbridge');

  // Not all of them in a message that nobody can read.
  const [before, after] = [filesBefore, files()].map((text) => text.split('\n'));
  assert.deepEqual(
    after!.filter((line) => !before!.includes(line)),
    [],
  );
  assert.deepEqual(
    before!.filter((line) => !after!.includes(line)),
    [],
  );
  assert.equal(users(), usersBefore);
});

test('purge takes place though adduser is gone', () => {
  run('dpkg --install /root/new.deb; dpkg --remove journalbridge; dpkg --purge --force-depends adduser');

  run('dpkg --purge journalbridge');

  assert.equal(users(), usersBefore);
});

/** Runs a script in there without a network, in a process namespace of its own; throws when it fails. */
function run(script: string): string {
  const apart = ['--mount', '--pid', '--net', '--fork', '--kill-child', `--mount-proc=${join(root, 'proc')}`];
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' };
  const line = [...apart, 'chroot', root, 'sh', '-ec', script];
  return execFileSync('unshare', line, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
}

/** All but what dpkg and apt remember for themselves. */
function files(): string {
  const own = ['/proc', '/root', '/var/lib/dpkg', '/var/log', '/var/cache', '/tmp'].map(
    (path) => `-path ${path} -prune -o`,
  );
  const inLog = "find /var/log -name '*journalbridge*'";
  return run(`find / ${own.join(' ')} ! -name '*-' -printf '%p %m %u %g\\n' | sort; ${inLog}`);
}

function users(): string {
  return run('cat /etc/passwd /etc/group; cut -d : -f 1 /etc/shadow /etc/gshadow; cat /etc/subuid /etc/subgid');
}
