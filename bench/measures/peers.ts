import { execFile } from 'node:child_process';
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cpuSeconds } from '../../test/integration/processes.ts';
import { endChild, type CommandLine } from '../../test/support/child.ts';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { LineCounter } from '../../test/support/lines.ts';
import { MountNamespace } from '../../test/support/mount-namespace.ts';
import { isInstalled, lackOf } from '../../test/support/requirements.ts';
import { until } from '../../test/support/until.ts';
import { machineId } from '../../test/support/vocabulary.ts';
import type { Bench, Figure, Measure } from '../measure.ts';
import { libraryPath, pathIn, unpackedPackage } from '../support/peer-packages.ts';
import { interleaved } from '../support/rounds.ts';
import { Ship } from '../support/ship.ts';
import { median, medianRatio } from '../support/statistics.ts';
import { timed, type Usage } from '../support/timed.ts';

const execute = promisify(execFile);
const aptGet = { package: 'apt', proof: 'apt-get', purpose: 'fetching peers' };
const TAIL_BYTES = 256 * 1024;
const PATIENCE_MS = 15 * 60_000;

/** The journal where peers look for it, and nothing else beside it. */
const MOUNTS = `
mount --bind "$1/run" /run
mount --bind "$1/log" /var/log
mount --bind "$2" "/var/log/journal/$3"
mount --bind "$1/machine-id" /etc/machine-id`;

/** Another log shipper: the command that runs it in the foreground on a config, with the environment it needs. */
interface Peer {
  readonly name: 'rsyslog' | 'syslog-ng';
  readonly version: string;
  command(config: string, folder: string): CommandLine;
}

/** The same journal by other shippers of the distribution. */
export const peers: Measure = {
  name: 'peers',
  title: "rsyslog's imjournal and syslog-ng, all fields as JSON lines, beside run --once",
  lack: () =>
    lackOf('mount namespaces') ??
    lackOf('systemd-journal-remote') ??
    (isInstalled(aptGet) ? undefined : 'apt-get is missing'),
  async run(bench) {
    const journal = await cachedJournal({ count: bench.entries });
    const [rsyslog, syslogNg] = await Promise.all([findRsyslog(), findSyslogNg()]);
    await using mounts = await openMounts(bench.folder, journal);
    const ours = async (): Promise<Usage> => {
      const ship = new Ship(bench.folder, 'peers', { reader: { journal_path: journal } });
      const usage = await timed(await ship.prepare('--once'));
      await ship.verify(bench.entries);
      await ship.clear();
      return usage;
    };
    await ours();
    const rounds = await interleaved(bench, {
      ours,
      rsyslog: () => runPeer(rsyslog, mounts, bench),
      'syslog-ng': () => runPeer(syslogNg, mounts, bench),
    });
    const rate = (name: 'ours' | Peer['name']): number =>
      bench.entries / median(rounds.map((round) => round[name].wallSeconds));
    const faster = ({ name }: Peer): Figure => {
      const value = medianRatio(
        rounds,
        (round) => round[name].wallSeconds,
        (round) => round.ours.wallSeconds,
      );
      return { name: `our rate over that of ${name}`, value, unit: '×', target: { atLeast: 3 } };
    };
    const cpu = (name: 'ours' | Peer['name']): number =>
      (median(rounds.map((round) => round[name].cpuSeconds)) / bench.entries) * 1e6;
    const rates = (['ours', 'rsyslog', 'syslog-ng'] as const).flatMap((name): Figure[] => [
      { name: `rate: ${name}`, value: rate(name), unit: 'entries/s' },
      { name: `CPU: ${name}`, value: cpu(name), unit: 'µs/entry' },
    ]);
    return {
      figures: [faster(rsyslog), faster(syslogNg), ...rates],
      rounds,
      versions: { rsyslog: rsyslog.version, 'syslog-ng': syslogNg.version },
    };
  },
};

async function findRsyslog(): Promise<Peer> {
  const root = await unpackedPackage('rsyslog');
  const [program, modules, libraries] = await Promise.all([
    pathIn(root, 'usr/sbin/rsyslogd'),
    pathIn(root, 'usr/lib/*/rsyslog'),
    libraryPath(root),
  ]);
  const start = ['env', `LD_LIBRARY_PATH=${libraries}`, program] as const;
  return {
    name: 'rsyslog',
    version: await versionOf([...start, '-v']),
    command: (config, folder) => [...start, '-n', '-f', config, '-i', join(folder, 'rsyslog.pid'), '-M', modules],
  };
}

async function findSyslogNg(): Promise<Peer> {
  const root = await unpackedPackage('syslog-ng-core');
  const [program, modules, libraries] = await Promise.all([
    pathIn(root, 'usr/sbin/syslog-ng'),
    pathIn(root, 'usr/lib/syslog-ng/[0-9]*'),
    libraryPath(root),
  ]);
  const start = ['env', `LD_LIBRARY_PATH=${libraries}`, program] as const;
  const inFolder = (folder: string): string[] =>
    [
      ['-p', 'pid'],
      ['-R', 'persist'],
      ['-c', 'ctl'],
    ].flatMap(([option, end]) => [option!, join(folder, `syslog-ng.${end!}`)]);
  const module = `--module-path=${modules}`;
  return {
    name: 'syslog-ng',
    version: await versionOf([...start, '--version', module]),
    command: (config, folder) => [...start, '-F', '--no-caps', '-f', config, module, ...inFolder(folder)],
  };
}

async function versionOf([command, ...args]: CommandLine): Promise<string> {
  const { stdout } = await execute(command, args);
  return /\d+\.[\d.]*\d/.exec(stdout)?.[0] ?? 'unknown';
}

async function openMounts(folder: string, journal: string): Promise<MountNamespace> {
  for (const each of ['run', `log/journal/${machineId}`]) await mkdir(join(folder, each), { recursive: true });
  await writeFile(join(folder, 'machine-id'), `${machineId}\n`);
  return MountNamespace.open(MOUNTS, folder, journal, machineId);
}

/** Runs a peer until the last entry is in its file; it would follow for ever, so its CPU time is read at that moment. */
async function runPeer(peer: Peer, mounts: MountNamespace, { folder: parent, entries }: Bench): Promise<Usage> {
  const folder = join(parent, peer.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const output = join(folder, 'output.jsonl');
  const config = join(folder, 'config');
  const template = await readFile(join(import.meta.dirname, '../peers', `${peer.name}.conf`), 'utf8');
  await writeFile(config, template.replaceAll('@FOLDER@', folder).replaceAll('@OUTPUT@', output));
  const [command, ...args] = peer.command(config, folder);
  const begin = performance.now();
  const child = mounts.spawn(command, args, { stdio: 'ignore', cwd: folder });
  try {
    const what = `the last of ${entries} entries in the file of ${peer.name}`;
    await until(() => isLastIn(output, entries), { what, everyMs: 20, deadlineMs: PATIENCE_MS });
    const usage = { wallSeconds: (performance.now() - begin) / 1000, cpuSeconds: await cpuSeconds(child.pid!) };
    const lines = await new LineCounter(output).count();
    if (lines !== entries) throw new Error(`${peer.name} wrote ${lines} lines of ${entries}`);
    return usage;
  } finally {
    await endChild(child);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the end of the file has the number of the last entry, and its line is whole. */
async function isLastIn(path: string, entries: number): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return false;
  await using file = await open(path);
  const start = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const tail = buffer.toString('latin1', 0, bytesRead);
  return tail.endsWith('\n') && new RegExp(`"SEQ": ?"${entries - 1}"`).test(tail);
}
