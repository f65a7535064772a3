import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { lackOf } from '../support/requirements.ts';
import { Box } from './box.ts';
import { buildPackage, otherPackage } from './packages.ts';

// One machine through the life of a package: each test goes on where the one before has left it.

const CONFIG = '/etc/journalbridge/journalbridge.json';
const DROP_IN = '/etc/systemd/system/journalbridge.service.d/test.conf';
const OUTPUT = '/var/log/journalbridge/shipped.jsonl';
const SECRET = `secret-${randomUUID()}`;

let box: Box;
let version: string;

before(async () => {
  const lack = lackOf('booting machines');
  if (lack !== undefined) throw new Error(`not tested: ${lack}`);
  const [machine, built] = await Promise.all([Box.boot(), Promise.resolve().then(buildPackage)]);
  box = machine;
  version = built.version;
  copyFileSync(built.path, box.path('/root/new.deb'));
  copyFileSync(otherPackage(built.path), box.path('/root/old.deb'));
});

after(async () => {
  await box[Symbol.asyncDispose]();
});

test('apt installs it on a plain Debian without a network, and it can be enabled and started', async () => {
  await box.sh('apt-get install --yes /root/old.deb');
  await box.sh('systemctl enable --now journalbridge');

  assert.equal(await show('ActiveState'), 'active');
  assert.equal(await box.sh('ps -o user= -p $(systemctl show -P MainPID journalbridge) | cut -c1-6'), 'journa');
  assert.equal(await box.sh(`stat -c '%a %U:%G' ${CONFIG}`), '640 root:journalbridge');
});

test('its default config ships what is logged to a file, and nothing of its own', async () => {
  const [output] = await outputs();
  const text = `hello ${randomUUID()}`;

  await box.sh(`logger '${text}'`);
  await box.waitFor(`grep -qF '${text}' ${output!}`);

  const own = await box.run('grep', '-cF', '"_SYSTEMD_UNIT":"journalbridge.service"', output!);
  assert.equal(own.stdout.trim(), '0');
});

test('tells systemd what ships where', async () => {
  await box.waitFor('systemctl show -P StatusText journalbridge | grep -q ^Shipping');

  assert.match(await show('StatusText'), /^Shipping to 1 sender: .+ up to date$/);
  assert.notEqual(await show('WatchdogTimestampMonotonic'), '0');
});

test('status and doctor find nothing wrong', async () => {
  for (const command of ['status', 'doctor']) {
    const { code, stdout, stderr } = await box.run('journalbridge', command, CONFIG);

    assert.equal(code, 0, `${command}: ${stdout}${stderr}`);
  }
});

test('commands of root leave nothing beside the program', async () => {
  const shipped = await box.sh("dpkg -L journalbridge | grep '^/usr/lib/journalbridge' | sort");

  assert.equal(await box.sh('find /usr/lib/journalbridge | sort'), shipped);
});

test('systemd finds no fault with the units, and their sandbox tight', async () => {
  const units = ['journalbridge.service', 'journalbridge@.service'];
  const found = await box.run('systemd-analyze', 'verify', ...units.map((unit) => `/lib/systemd/system/${unit}`));

  assert.deepEqual(found, { code: 0, stdout: '', stderr: '' });
  for (const unit of ['journalbridge.service', 'journalbridge@second.service']) {
    const score = await box.sh(`systemd-analyze security --no-pager ${unit} | tail -n 1`);
    const [, exposure] = /exposure level for journalbridge\S*\.service: ([\d.]+)/.exec(score) ?? assert.fail(score);
    assert.ok(Number(exposure) <= 2, score);
  }
});

test('waits longer after each failure only where systemd can', async () => {
  const links = 'ls /usr/lib/systemd/system/journalbridge*.service.d/10-restart-steps.conf';
  box.write('/root/newer/systemctl', '#!/bin/sh\n[ "$1" != --version ] || echo "systemd 257 (257.8-1)"\n', 0o755);
  assert.notEqual((await box.run('sh', '-c', links)).code, 0);

  await box.sh('PATH=/root/newer:$PATH /var/lib/dpkg/info/journalbridge.postinst configure 0.0.1');
  const newer = await box.sh(`cat $(${links})`);
  await box.sh('rm -r /root/newer; /var/lib/dpkg/info/journalbridge.postinst configure');

  assert.equal(newer.match(/^RestartSteps=\d+$/gm)?.length, 2);
  assert.notEqual((await box.run('sh', '-c', links)).code, 0);
});

test('sees nothing of the machine outside its sandbox', async () => {
  await box.sh('mkdir -p /home/somebody && echo public > /home/somebody/file && echo public > /tmp/file');
  await box.sh('install -m 600 -o nobody /dev/null /srv/private');
  const inside = (script: string): ReturnType<Box['run']> => box.run('sh', '-c', `${INSIDE} sh -c '${script}'`);

  const hidden = ['/home/somebody/file', '/tmp/file', '/srv/private', '/root/old.deb', '/etc/shadow', '/dev/kmsg'];
  for (const path of hidden) {
    assert.notEqual((await inside(`cat ${path}`)).code, 0, `${path} can be read`);
  }
  for (const path of ['/etc', '/usr/lib/journalbridge', '/var/lib', '/var/cache', '/srv']) {
    assert.notEqual((await inside(`: > ${path}/x`)).code, 0, `${path} can be written`);
  }
  assert.notEqual((await inside('test -d /proc/1')).code, 0, 'it sees PID 1');
  assert.equal((await inside('cat /etc/hostname')).code, 0);
});

test('takes over a config that is right, and goes on with the old one when it is wrong', async () => {
  await configure({ readers: { all: { senders: { file: file(OUTPUT) } } } });

  await reload(/ reloaded: /);
  await logAndFind(OUTPUT, ['after a good reload']);
  const pid = await show('MainPID');
  box.write(CONFIG, '{ "readers": 1 }');
  await reload(/the config is not reloaded/);
  await logAndFind(OUTPUT, ['after a bad reload']);

  assert.deepEqual(
    [await show('ActiveState'), await show('SubState'), await show('MainPID')],
    ['active', 'running', pid],
  );
  await configure({ readers: { all: { senders: { file: file(OUTPUT) } } } });
});

test('kill -9 loses nothing', async () => {
  await dropIn('[Service]\nRestartSec=200ms\n');
  const before = Number(await show('NRestarts'));

  await box.sh(
    `seq -f 'killed %05.0f' 1 20000 | systemd-cat -t flood & sleep 0.3; ${KILL} KILL; sleep 0.4; ${KILL} KILL; wait`,
  );
  await numbersIn(OUTPUT, 'killed', 20_000);

  assert.ok(Number(await show('NRestarts')) > before);
});

test('a process that is wedged is restarted by the watchdog, and loses nothing', async () => {
  await dropIn('[Service]\nRestartSec=200ms\nWatchdogSec=2s\n');
  await box.sh('systemctl restart journalbridge');
  const pid = await show('MainPID');
  // Longer than the watchdog waits: a daemon that is well is left alone.
  await box.waitFor(
    `test $(systemctl show -P WatchdogTimestampMonotonic journalbridge) -gt $(( $(systemctl show -P ActiveEnterTimestampMonotonic journalbridge) + 4000000 ))`,
  );
  assert.equal(await show('MainPID'), pid);

  await box.sh(`kill -STOP ${pid}; seq -f 'stopped %05.0f' 1 500 | systemd-cat -t flood`);
  await box.waitFor(`test $(systemctl show -P NRestarts journalbridge) = 1 && systemctl is-active journalbridge`);

  await numbersIn(OUTPUT, 'stopped', 500);
  assert.match(await box.sh('journalctl -u journalbridge'), /Watchdog timeout/);
  await box.sh(`rm ${DROP_IN}; systemctl daemon-reload; systemctl restart journalbridge`);
});

test('an upgrade restarts it, keeps its state and an edited config, and loses nothing', async () => {
  const edited = await box.sh(`cat ${CONFIG}`);
  const pid = await show('MainPID');
  const logging = box.sh("for i in $(seq -f '%05.0f' 1 3000); do echo upgrade $i; done | systemd-cat -t flood");

  await box.sh('apt-get install --yes -o Dpkg::Options::=--force-confold /root/new.deb');
  await logging;
  await numbersIn(OUTPUT, 'upgrade', 3000);

  assert.notEqual(await show('MainPID'), pid);
  assert.match(await box.sh('journalbridge --version'), new RegExp(` ${version}$`));
  assert.equal(await box.sh(`cat ${CONFIG}`), edited);
});

test('the rest of the boot before is shipped after a reboot, in order, and nothing is lost', async () => {
  await box.sh("systemctl kill -s KILL journalbridge; seq -f 'boot %05.0f' 1 2000 | systemd-cat -t flood");
  await box.reboot();
  await box.waitFor('systemctl is-active journalbridge');
  await box.sh("seq -f 'boot %05.0f' 2001 3000 | systemd-cat -t flood");

  await numbersIn(OUTPUT, 'boot', 3000);
  assert.equal(await box.sh('journalctl --list-boots --no-pager | grep -c "^ *-*[01] "'), '2');
});

test('credentials are used, and seen nowhere', async () => {
  box.write('/etc/journalbridge/secrets/chain', SECRET, 0o600);
  await configure({
    readers: {
      all: {
        senders: {
          file: file('/var/log/journalbridge/chained.jsonl', { hash_chain: { key: { credential: 'chain' } } }),
        },
      },
    },
  });
  await dropIn('[Service]\nLoadCredential=chain:/etc/journalbridge/secrets/chain\n');
  await box.sh('systemctl restart journalbridge');
  await logAndFind('/var/log/journalbridge/chained.jsonl', ['with a chain']);
  const verified = await box.run(
    'journalbridge',
    'verify',
    '--key',
    '/etc/journalbridge/secrets/chain',
    '/var/log/journalbridge/chained.jsonl',
  );

  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  await box.sh('systemctl stop systemd-journald-audit.socket 2>/dev/null; journalctl --sync');
  const places = [
    'systemctl show journalbridge',
    'systemctl status journalbridge',
    'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline',
    'cat /var/lib/journalbridge/* /var/log/journalbridge/*',
    'journalctl --output=export --all',
    `journalbridge status --json ${CONFIG}`,
    `cat ${CONFIG}`,
  ];
  for (const place of places) {
    const { stdout, stderr } = await box.run('sh', '-c', `${place} 2>&1`);
    assert.ok(stdout.length > 100 || place.startsWith('cat'), `${place} says ${stdout}${stderr}`);
    assert.ok(!stdout.includes(SECRET), `${place} shows the secret`);
  }
});

test('a credential that is missing is a fault of the config: it fails with 78 and is not started again', async () => {
  await dropIn('[Service]\nRestartSec=100ms\n');

  const { code } = await box.run('systemctl', 'restart', 'journalbridge');

  assert.notEqual(code, 0);
  assert.deepEqual(
    [await show('ExecMainStatus'), await show('NRestarts'), await show('ActiveState')],
    ['78', '0', 'failed'],
  );
  assert.match(await box.sh('journalctl -u journalbridge -n 20'), /chain/);
  await box.sh(`rm ${DROP_IN}; systemctl daemon-reload`);
});

test('an upgrade tries again what had failed, and leaves alone what was stopped', async () => {
  await configure({ readers: { all: { senders: { file: file(OUTPUT) } } } });
  assert.equal(await show('ActiveState'), 'failed');

  await box.sh('dpkg --install --force-confold /root/new.deb');
  await box.waitFor('systemctl is-active journalbridge');
  await box.sh('systemctl stop journalbridge; dpkg --install --force-confold /root/new.deb');

  assert.equal(await show('ActiveState'), 'inactive');
});

test('an instance has its own config, state and output', async () => {
  const output = '/var/log/journalbridge/second/out.jsonl';
  const config = {
    json_state_file_path: '/var/lib/journalbridge/second/state.json',
    readers: { all: { senders: { file: file(output) } } },
  };
  box.write('/etc/journalbridge/second.json', JSON.stringify(config), 0o644);

  await box.sh('systemctl start journalbridge@second');
  await logAndFind(output, ['to the second']);

  await box.sh('test -s /var/lib/journalbridge/second/state.json && systemctl stop journalbridge@second');
  await box.sh('rm /etc/journalbridge/second.json');
});

test('removal keeps config and state; an installation over a config that is broken does not fail', async () => {
  await box.sh('apt-get remove --yes journalbridge');
  await box.sh(
    `test -e ${CONFIG} && test -d /var/lib/journalbridge && test -e ${OUTPUT} && ! test -e /usr/bin/journalbridge`,
  );
  box.write(CONFIG, '{');

  await box.sh('apt-get install --yes -o Dpkg::Options::=--force-confold /root/new.deb');

  assert.equal(await box.sh(`cat ${CONFIG}`), '{');
  assert.equal(await box.sh("dpkg-query -W -f '${db:Status-Abbrev}' journalbridge"), 'ii');
});

test('purge leaves nothing', async () => {
  await box.sh('apt-get purge --yes journalbridge; rm -f /root/*.deb /etc/systemd/system/journalbridge.service.d/*');
  await box.sh('rmdir /etc/systemd/system/journalbridge.service.d 2>/dev/null; systemctl daemon-reload');

  const left = await box.sh("find / -xdev -name '*journalbridge*' -not -path '/proc/*' -not -path '/var/log/apt/*'");
  const user = await box.run('getent', 'passwd', 'journalbridge');

  assert.equal(left, '');
  assert.equal(user.stdout, '');
  assert.equal(await box.sh("systemctl list-units --all --no-legend 'journalbridge*'"), '');
});

const KILL = 'systemctl kill --kill-whom=main journalbridge -s';
/** As a process of the service sees the machine. */
const INSIDE =
  'nsenter --target $(systemctl show -P MainPID journalbridge) --mount setpriv --reuid journalbridge --regid journalbridge --init-groups --no-new-privs';

async function show(property: string): Promise<string> {
  return box.sh(`systemctl show -P ${property} journalbridge`);
}

function file(path: string, more: object = {}): object {
  return { output_type: 'file', file_output: path, ...more };
}

/** The config, with the state that the package's default has. */
async function configure(config: object): Promise<void> {
  const text = JSON.stringify({ json_state_file_path: '/var/lib/journalbridge/state.json', ...config });
  await box.sh(`cat > ${CONFIG} <<'END'\n${text}\nEND`);
}

async function outputs(): Promise<string[]> {
  const text = await box.sh(`grep -o '"/var/log/journalbridge/[^"]*"' ${CONFIG}`);
  return text.split('\n').map((path) => JSON.parse(path) as string);
}

async function dropIn(text: string): Promise<void> {
  box.write(DROP_IN, text);
  await box.sh('systemctl daemon-reload');
}

/** Reloads, and waits until the daemon says this of it. */
async function reload(answer: RegExp): Promise<void> {
  await box.sh('journalctl --sync; date +%s.%N > /root/since; systemctl reload journalbridge');
  await box.waitFor(`journalctl -u journalbridge --since "@$(cat /root/since)" | grep -qE '${answer.source}'`);
  await box.waitFor('test $(systemctl show -P SubState journalbridge) = running');
}

async function logAndFind(path: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await box.sh(`logger -t flood '${text}'`);
    await box.waitFor(`grep -qF '${text}' ${path}`);
  }
}

/** Waits for lines `WORD 00001` to `WORD count`: all of them, in order; one that comes again comes with all behind it. */
async function numbersIn(path: string, word: string, count: number): Promise<void> {
  const last = `${word} ${String(count).padStart(5, '0')}`;
  await box.waitFor(`grep -qF '"${last}"' ${path}`, 180_000);
  const found = await box.sh(`grep -oE '"${word} [0-9]{5}"' ${path} | tr -dc '0-9\\n'`);
  let expected = 1;
  for (const number of found.split('\n').map(Number)) {
    assert.ok(number <= expected, `${word} ${expected} is missing before ${number}`);
    expected = Math.max(expected, number + 1);
  }
  assert.equal(expected, count + 1);
}
