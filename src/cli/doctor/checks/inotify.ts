import { watch } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { systemCodeOf } from '../../../errors.ts';
import { fail, ok, warn, type Finding } from '../check.ts';
import { enabledReaders, enabledSenders, type Facts } from '../facts.ts';

interface Use {
  readonly instances: number;
  readonly watches: number;
}

const LIMITS = '/proc/sys/fs/inotify';
const REMEDY = (name: string, value: number): string =>
  `sysctl fs.inotify.${name}=${value}, and the same in /etc/sysctl.d`;

/** Whether there is room for the inotify of each journalctl: without, it follows the journal late or not at all. */
export async function lookAtInotify(facts: Facts): Promise<Finding[]> {
  const [instances, watches] = await Promise.all([limitOf('max_user_instances'), limitOf('max_user_watches')]);
  if (instances === undefined || watches === undefined) return [ok('inotify', `${LIMITS} does not tell the limits`)];
  const uid = process.getuid?.() ?? 0;
  const used = await usedBy(uid);
  // Each sender that is set apart has a journalctl of its own; a directory that is watched takes a handful of watches.
  const needed = enabledReaders(facts.config).length + enabledSenders(facts.config).length;
  const told = (name: string, use: number, limit: number): string => `${use} of ${limit} ${name} of uid ${uid} in use`;
  const refusal = await refusalOfSystem();
  if (refusal === 'EMFILE' || used.instances >= instances)
    return [
      fail('instances', told('instances', used.instances, instances), REMEDY('max_user_instances', instances * 4)),
    ];
  if (refusal === 'ENOSPC')
    return [fail('watches', told('watches', used.watches, watches), REMEDY('max_user_watches', watches * 4))];
  return [
    lookAt('instances', { used: used.instances, needed, limit: instances, told }),
    lookAt('watches', { used: used.watches, needed: needed * 8, limit: watches, told }),
  ];
}

function lookAt(
  name: 'instances' | 'watches',
  {
    used,
    needed,
    limit,
    told,
  }: { used: number; needed: number; limit: number; told: (...args: [string, number, number]) => string },
): Finding {
  const text = told(name, used, limit);
  if (used + needed <= limit) return ok(name, text);
  return warn(name, `${text}, and our journalctls may need ${needed}`, REMEDY(`max_user_${name}`, limit * 4));
}

/** The code of what the system says to one more watch. */
async function refusalOfSystem(): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  try {
    const watcher = watch('/', { persistent: false }).on('error', (error) => {
      resolve(systemCodeOf(error));
    });
    setImmediate(() => {
      resolve(undefined);
    });
    return await promise.finally(() => {
      watcher.close();
    });
  } catch (error) {
    return systemCodeOf(error);
  }
}

async function limitOf(name: string): Promise<number | undefined> {
  const text = await readFile(`${LIMITS}/${name}`, 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** What the processes of a user have open, as far as they may be seen. */
async function usedBy(uid: number): Promise<Use> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const uses = await Promise.all(processes.map((pid) => useOf(pid, uid)));
  return uses.flat().reduce((sum, watches) => ({ instances: sum.instances + 1, watches: sum.watches + watches }), {
    instances: 0,
    watches: 0,
  });
}

/** The watches of each inotify that a process has open. */
async function useOf(pid: string, uid: number): Promise<number[]> {
  try {
    if ((await stat(`/proc/${pid}`)).uid !== uid) return [];
    const files = await readdir(`/proc/${pid}/fd`);
    const watches = files.map(async (fd) => {
      if ((await readlink(`/proc/${pid}/fd/${fd}`)) !== 'anon_inode:inotify') return [];
      return [(await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8')).match(/^inotify /gm)?.length ?? 0];
    });
    return (await Promise.allSettled(watches)).flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  } catch {
    return []; // it has ended, or is not for us to see
  }
}
