import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtempDisposable, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '../support/certificates.ts';
import { endChild, leashed } from '../support/child.ts';
import type { CommandLine } from '../support/child.ts';
import { asNobody, diagnose, Diagnosis, runDoctor, runDoctorAt } from '../support/doctor.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { Journald } from '../support/journald.ts';
import { MountNamespace } from '../support/mount-namespace.ts';
import { need } from '../support/need.ts';
import { freePorts } from '../support/ports.ts';
import { Tmpfs } from '../support/tmpfs.ts';

const COUNT = 500;
const file = (path: string, more: object = {}) => ({ output_type: 'file', file_output: path, ...more });
const search = (url: string, more: object = {}) => ({ output_type: 'elasticsearch', elasticsearch_url: url, ...more });

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a machine without trouble is ok in every line, and the exit code is 0', async (t) => {
  if (!need(t, 'private journald', 'journalctl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'healthy-'));
  await using journald = await Journald.start();
  await journald.write({ MESSAGE: 'hello' });
  await journald.sync();
  const config = {
    json_state_file_path: join(folder.path, 'state'),
    readers: { sys: { senders: { out: file(join(folder.path, 'out')) } } },
  };
  const inside = (...line: Parameters<Journald['commandLine']>) => journald.commandLine(...line);

  const found = await diagnose(config, { inside });
  const plain = await runDoctor(config, [], { inside });

  assert.deepEqual(
    found.results.filter(({ status }) => status !== 'ok'),
    [],
  );
  assert.match(found.of('journal'), /^ok sys: 1 readable file, .*back to \d{4}-/);
  assert.match(found.of('storage'), /the journal is persistent/);
  assert.equal(found.code, 0);
  assert.equal(plain.code, 0, plain.stderr);
  // eslint-disable-next-line no-control-regex -- no colours in a pipe
  assert.doesNotMatch(plain.stdout, /\x1b/);
  for (const line of plain.stdout.trimEnd().split('\n')) assert.match(line, /^ok {4}[a-z ]+ {2}\S.*: \S/);
});

test('a journal that is lost at the next boot draws a warning', async (t) => {
  if (!need(t, 'private journald', 'journalctl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'volatile-'));
  await using journald = await Journald.start({ conf: ['Storage=volatile'] });
  await journald.write({ MESSAGE: 'hello' });
  await journald.sync();
  const config = {
    json_state_file_path: join(folder.path, 'state'),
    readers: { sys: { senders: { out: file(join(folder.path, 'out')) } } },
  };

  const found = await diagnose(config, { inside: (...line) => journald.commandLine(...line) });

  assert.match(found.of('storage'), /^warn journald: the journal is volatile.*; Storage=persistent/m);
  assert.equal(found.code, 1);
});

test('files that may not be read, that are cut off and that are missing are told apart', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'files-'));
  await chmod(folder.path, 0o755);
  for (const name of ['secret', 'cut', 'empty']) await mkdir(join(folder.path, name));
  const built = join(await cachedJournal({ count: COUNT }), 'system.journal');
  await cp(built, join(folder.path, 'secret/system.journal'));
  await cp(built, join(folder.path, 'secret/user-1000.journal'));
  await chmod(join(folder.path, 'secret/system.journal'), 0o600);
  await chmod(join(folder.path, 'secret/user-1000.journal'), 0o644);
  await cp(built, join(folder.path, 'cut/system.journal'));
  await truncate(join(folder.path, 'cut/system.journal'), 100_000);
  await chmod(join(folder.path, 'cut/system.journal'), 0o644);
  const at = (path: string) => ({ journal_path: join(folder.path, path), senders: {} });
  const readers = { secret: at('secret'), cut: at('cut'), empty: at('empty'), nowhere: at('nowhere') };

  const found = await diagnose({ readers }, { inside: asNobody });

  const journal = found.of('journal');
  assert.match(journal, /^ok secret: 1 readable file, /m);
  assert.match(journal, /^fail secret: may not be read: .*secret\/system\.journal; .*group systemd-journal/m);
  assert.match(journal, /^warn cut: damaged or no journal: .*; journalctl --verify/m);
  assert.match(journal, /^fail cut: Journal file .*truncated/m);
  assert.match(journal, /^fail empty: there are no journal files in .*empty/m);
  assert.match(journal, /^fail nowhere: there are no journal files in .*nowhere/m);
  assert.equal(found.code, 2);
});

test('without a journalctl the rest is looked at nevertheless', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'without-'));
  const senders = { out: file(join(folder.path, 'out')) };

  const found = await diagnose(
    { readers: { sys: { senders } } },
    {
      inside: (...line) => ['env', `PATH=${folder.path}`, ...line],
    },
  );

  assert.match(found.of('journalctl'), /^fail journalctl: cannot run journalctl: there is no such program/);
  assert.match(found.of('destination'), /^ok sys\.out/);
  assert.match(found.of('unit'), /^ok .*there is no systemctl/);
  assert.equal(found.code, 2);
});

test('a journalctl that hangs, or lacks an option, is told of in time', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'odd-'));
  const write = (name: string, body: string) =>
    writeFile(join(folder.path, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  await write('hangs', 'exec sleep 1000');
  await write(
    'old',
    `case "$1" in --version) echo systemd 244;; *) echo "unrecognized option '--no-tail'" >&2; exit 1;; esac`,
  );

  const [hangs, old] = await Promise.all(
    ['hangs', 'old'].map((name) => diagnose({ journalctl_path: join(folder.path, name), readers: {} })),
  );

  assert.match(hangs!.of('journalctl'), /^fail .*gave no answer within/);
  assert.ok(hangs!.seconds < 30, `${hangs!.seconds} s`);
  assert.match(old!.of('journalctl'), /^fail .*version 244 does not know --no-tail; install a newer systemd/);
});

test('every fault of the config is a line, and what does not need the config is looked at', async () => {
  const found = await diagnose({ readers: { sys: { initial_position: 'start', senders: { x: { file_ouput: 1 } } } } });
  const broken = await diagnose('{');

  assert.match(found.of('config'), /^fail readers\.sys\.initial_position: must be "head"/m);
  assert.match(found.of('config'), /^fail readers\.sys\.senders\.x/m);
  assert.match(found.of('inotify'), /^ok instances: \d+ of \d+/m);
  assert.equal(found.code, 2);
  assert.match(broken.of('config'), /^fail .*journalbridge\.json: /);
});

test('secrets that all may read are told of, and stand nowhere', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'secrets-'));
  await writeFile(join(folder.path, 'token'), 'from-a-file\n', { mode: 0o644 });
  const [port] = (await freePorts(1)) as [number];
  const senders = {
    es: search(`http://someone:in-the-address@127.0.0.1:${port}`),
    ws: {
      output_type: 'websocket',
      websocket_uri: `ws://127.0.0.1:${port}/`,
      token: { file: join(folder.path, 'token') },
    },
    gone: { output_type: 'websocket', websocket_uri: 'ws://127.0.0.1:9/', token: { credential: 'absent' } },
  };
  const { gone: _, ...present } = senders;

  const open = await diagnose({ readers: { sys: { senders: present } } });
  const missing = await diagnose({ readers: { sys: { senders } } }, { env: { CREDENTIALS_DIRECTORY: folder.path } });

  assert.match(
    open.of('config'),
    /^warn readers\.sys\.senders\.es\.elasticsearch_url: a secret stands here and every user/m,
  );
  assert.match(
    open.of('credentials'),
    /^warn readers\.sys\.senders\.ws\.token: file ".*token" may be read by every user/m,
  );
  assert.match(
    missing.of('credentials'),
    /^fail readers\.sys\.senders\.gone\.token: the credential "absent" does not exist; LoadCredential=absent/m,
  );
  for (const { stdout } of [open, missing]) assert.doesNotMatch(stdout, /in-the-address|from-a-file/);
});

test('certificates that are over, will soon be, or are signed by nobody we trust', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'openssl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'certificates-'));
  const { ca, otherCa, server } = await makeCertificates(folder.path);
  const signed = async (name: string, days: number) => {
    const certfile = join(folder.path, `${name}.pem`);
    const authority = ['-CA', ca, '-CAkey', join(folder.path, 'ca.key'), '-extfile', join(folder.path, 'server.ext')];
    const request = ['x509', '-req', '-in', join(folder.path, 'server.csr'), '-days', String(days), ...authority];
    execFileSync('openssl', [...request, '-set_serial', String(100 + days), '-out', certfile], { stdio: 'ignore' });
    return readFile(certfile);
  };
  const key = await readFile(server.keyfile);
  const start = async (cert: Buffer) => {
    const listener = createTlsServer({ cert, key }, (socket) => socket.destroy()).on('tlsClientError', () => undefined);
    return { listener, port: await listening(listener) };
  };
  const servers = await Promise.all([
    start(await signed('over', -1)),
    start(await signed('soon', 5)),
    start(await readFile(server.certfile)),
  ]);
  const [over, soon, good] = servers.map(({ port }) => port) as [number, number, number];
  const senders = {
    over: search(`https://localhost:${over}`, { ca }),
    soon: search(`https://localhost:${soon}`, { ca }),
    good: search(`https://localhost:${good}`, { ca }),
    alien: search(`https://localhost:${good}`, { ca: otherCa }),
  };

  const found = await diagnose({ readers: { sys: { senders } } });

  const tls = found.of('tls');
  assert.match(tls, new RegExp(`^fail localhost:${over}: .*expired on \\d{4}-`, 'm'));
  assert.match(
    tls,
    new RegExp(`^warn localhost:${soon}: trusted, 2 in its chain, good until .*, 4 days; it expires soon`, 'm'),
  );
  assert.match(
    tls,
    new RegExp(`^ok localhost:${good}: trusted, 2 in its chain, good until \\d{4}-\\d\\d-\\d\\d, \\d{4} days`, 'm'),
  );
  assert.match(tls, new RegExp(`^fail localhost:${good}: its certificate is signed by nobody we trust`, 'm'));
  for (const { listener } of servers) listener.close();
});

test(
  'a closed port, a server that hangs and one that refuses the login end in time',
  { timeout: 180_000 },
  async () => {
    const [closed] = (await freePorts(1)) as [number];
    const silent = createServer(() => undefined);
    const strict = createHttpServer((_, response) => response.writeHead(401).end('{}'));
    const [hangs, refuses] = await Promise.all([listening(silent), listening(strict)]);
    const senders = {
      closed: search(`http://127.0.0.1:${closed}`),
      hangs: search(`https://127.0.0.1:${hangs}`),
      refuses: search(`http://someone:wrong-password@127.0.0.1:${refuses}`),
      lost: search('http://no-such-host.invalid:9200'),
    };

    const found = await diagnose({ readers: { sys: { senders } } });

    assert.match(found.of('dns'), /^fail no-such-host\.invalid: /);
    assert.match(found.of('tcp'), new RegExp(`^fail 127.0.0.1:${closed}: the connection was refused.*firewall`, 'm'));
    assert.match(found.of('tcp'), new RegExp(`^ok 127.0.0.1:${hangs}: open, for sys\\.hangs`, 'm'));
    assert.doesNotMatch(found.of('tcp'), /no-such-host/);
    assert.match(found.of('tls'), new RegExp(`^fail 127.0.0.1:${hangs}: there was no answer within 5 s`, 'm'));
    assert.match(found.of('destination'), /^fail sys\.hangs: /m);
    assert.match(found.of('destination'), /^fail sys\.refuses: .*login/m);
    assert.doesNotMatch(found.stdout, /wrong-password/);
    assert.ok(found.seconds < 30, `${found.seconds} s`);
    silent.close();
    strict.close();
  },
);

test('a full disk, a state that is damaged and an output that is not ours to write', async (t) => {
  if (!need(t, 'tmpfs')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'places-'));
  await using tmpfs = await Tmpfs.mount(4 * 1024 * 1024);
  await tmpfs.fill();
  await chmod(folder.path, 0o755);
  await writeFile(join(folder.path, 'state'), '{"readers": ');
  await chmod(join(folder.path, 'state'), 0o644);
  const senders = { full: file(join(tmpfs.path, 'out')), ours: file(join(folder.path, 'out')) };
  const config = { json_state_file_path: join(folder.path, 'state'), readers: { sys: { senders } } };

  const found = await diagnose(config, { inside: asNobody });

  assert.match(
    found.of('disk'),
    new RegExp(`^fail ${tmpfs.path}: the disk is full: .* free, 0 %; free some space`, 'm'),
  );
  assert.match(found.of('state'), new RegExp(`^fail ${folder.path}: the state cannot be written there: `, 'm'));
  assert.match(found.of('state'), /^fail .*state: cannot be used: it is no valid JSON; restore it/m);
  assert.match(found.of('destination'), /^fail sys\.ours: cannot write to /m);
});

test('a DNS that hears and says nothing cannot hang it', { timeout: 240_000 }, async (t) => {
  if (!need(t, 'mount namespaces', 'perl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'dns-'));
  await writeFile(join(folder.path, 'resolv.conf'), 'nameserver 127.0.0.77\n');
  await using mounts = await MountNamespace.open(
    'mount --bind "$1" /etc/resolv.conf',
    join(folder.path, 'resolv.conf'),
  );
  const script =
    'IO::Socket::INET->new(LocalAddr=>"127.0.0.77",LocalPort=>53,Proto=>"udp") or die; $|=1; print 1; sleep';
  const [command, ...args] = leashed('perl', '-MIO::Socket::INET', '-e', `my $s=${script}`);
  const silent = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(silent.stdout, 'data');
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const senders = Object.fromEntries(names.map((name) => [name, search(`https://${name}.example.com:9200`)]));

  const found = await diagnose({ readers: { sys: { senders } } }, { inside: (...line) => mounts.commandLine(...line) });

  await endChild(silent);
  assert.equal(found.of('dns').match(/^fail [a-f]\.example\.com: there was no answer within 5 s/gm)?.length, 6);
  assert.match(found.of('inotify'), /^ok instances/);
  assert.equal(found.code, 2);
  assert.ok(found.seconds < 25, `${found.seconds} s`);
});

test('a config that is a pipe which nobody writes to cannot hang it', { timeout: 180_000 }, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'pipe-'));
  const pipe = join(folder.path, 'x.json');
  execFileSync('mkfifo', [pipe]);

  const { code, stdout } = await runDoctorAt(pipe, ['--json']);

  assert.match(new Diagnosis(code, stdout, 0).of('config'), /^fail .*x\.json: there was no answer within 5 s/);
  assert.equal(code, 2);
});

test('what could steer a terminal is escaped', async () => {
  const { stdout } = await runDoctor('{"readers": {"\\u001b[31mred": 1}}', []);

  assert.match(stdout, /\\u001b\[31mred/);
  // eslint-disable-next-line no-control-regex -- that is what must not be there
  assert.doesNotMatch(stdout, /\x1b/);
});

test('dead letters, gaps and a daemon that was killed are told of', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'past-'));
  const gap = { kind: 'vacuumed', from: null, to: null, entries: 3, why: 'x', noticed: new Date().toISOString() };
  const state = {
    start_time: '2026-01-01T00:00:00.000',
    pid: 4_194_000,
    version: '0.0.1',
    updated_at: new Date().toISOString(),
    readers: { sys: { senders: {}, gaps: [gap], gap_counts: { vacuumed: 1 } } },
  };
  await writeFile(join(folder.path, 'state'), JSON.stringify(state));
  await mkdir(join(folder.path, 'dead-letter'));
  await writeFile(join(folder.path, 'dead-letter/sys.out.jsonl'), '{}\n{}\n');
  const config = {
    json_state_file_path: join(folder.path, 'state'),
    readers: { sys: { senders: { out: file(join(folder.path, 'out')) } } },
  };

  const found = await diagnose(config);

  assert.match(found.of('state'), /^warn .*state: written .* ago by process 4194000, which did not stop in order/m);
  assert.match(found.of('state'), /^warn sys: gaps: 1 vacuumed, the last one this week/m);
  assert.match(found.of('dead letters'), /^warn sys\.out: 2 refused entries wait.*redrive CONFIG --sender sys\.out/);
});

test('an inotify that is used up keeps journalctl from following', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'setpriv', 'perl')) return;
  const limit = Number(await readFile('/proc/sys/fs/inotify/max_user_instances', 'utf8'));
  if (limit > 1024) {
    t.skip(`${limit} instances are too many to use up`);
    return;
  }
  // A user of its own, whose instances are nobody else's.
  const uid = '64123';
  const asUser = (...line: CommandLine): CommandLine => [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${uid}`,
    '--clear-groups',
    '--',
    ...line,
  ];
  const [command, ...args] = leashed(
    ...asUser('perl', '-e', 'syscall(253) for 1..$ARGV[0]; $|=1; print 1; sleep', String(limit)),
  );
  const hoarder = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(hoarder.stdout, 'data');

  const found = await diagnose({ readers: {} }, { inside: asUser });

  await endChild(hoarder);
  const wanted = `^fail instances: ${limit} of ${limit} instances of uid ${uid} in use; sysctl fs.inotify.max_user_instances=${limit * 4}`;
  assert.match(found.of('inotify'), new RegExp(wanted));
});

for (const { title, statsd, wanted } of [
  {
    title: 'a name that nobody knows',
    statsd: { host: 'no-such-host.invalid', port: 8125 },
    wanted: /^warn no-such-host/,
  },
  { title: 'a socket that is not there', statsd: { path: '/nonexistent/statsd.sock' }, wanted: /^warn \/nonexistent/ },
  { title: 'none', statsd: undefined, wanted: /^ok statsd: no metrics are sent/ },
]) {
  test(`metrics that go to ${title}`, async () => {
    const found = await diagnose({ statsd, readers: {} });

    assert.match(found.of('statsd'), wanted);
  });
}

test('the unit is asked for, and what its sandbox keeps from the config', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'unit-'));
  const properties = [
    'LoadState=loaded',
    'UnitFileState=disabled',
    'ActiveState=failed',
    'SubState=failed',
    'Result=exit-code',
    'ExecMainStatus=78',
    'NRestarts=0',
    'NeedDaemonReload=yes',
    'DropInPaths=/etc/systemd/system/journalbridge.service.d/x.conf',
    'WatchdogUSec=0',
    'User=nobody',
    'SupplementaryGroups=',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'ReadWritePaths=-/srv/logs',
    'StateDirectory=journalbridge',
  ];
  await writeFile(join(folder.path, 'systemctl'), `#!/bin/sh\ncat <<E\n${properties.join('\n')}\nE\n`, { mode: 0o755 });
  const senders = {
    granted: file('/srv/logs/a.jsonl'),
    state: file('/var/lib/journalbridge/b.jsonl'),
    strict: file('/srv/other/c.jsonl'),
    home: file('/home/x/d.jsonl'),
    tmp: file('/tmp/e.jsonl'),
  };

  const found = await diagnose(
    { readers: { sys: { senders } } },
    { env: { PATH: `${folder.path}:${process.env['PATH']!}` } },
  );

  assert.match(found.of('unit'), /^fail journalbridge\.service: it has ended with exit code 78/m);
  assert.match(
    found.of('unit'),
    /^warn journalbridge\.service: it is disabled.*; systemctl enable journalbridge\.service/m,
  );
  assert.match(found.of('unit'), /^warn .*changed since systemd read them; systemctl daemon-reload/m);
  assert.match(found.of('unit'), /^ok .*drop-ins: .*x\.conf/m);
  assert.match(found.of('unit'), /^warn .*no watchdog/m);
  assert.match(found.of('user'), /^fail nobody: .*may not read the journal; SupplementaryGroups/m);
  const sandbox = found.of('sandbox');
  assert.match(sandbox, /^fail sys\.strict: the unit makes \/srv\/other read-only; ReadWritePaths=\/srv\/other/m);
  assert.match(sandbox, /^fail sys\.home: the unit hides \/home\/x/m);
  assert.match(sandbox, /^fail sys\.tmp: \/tmp is a \/tmp of the service alone/m);
  assert.doesNotMatch(sandbox, /granted|sys\.state/);
});
