import { readFile, readdir } from 'node:fs/promises';

/** The ids of a process' children; none when it has gone. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** The ids of a daemon's journalctl processes that read entries for its senders; not those that it only asks. */
export async function readersOf(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  const lines = await Promise.all(
    children.map((child) => readFile(`/proc/${child}/cmdline`, 'latin1').catch(() => '')),
  );
  return children.filter((_, n) => lines[n]!.includes('--follow\0') && !lines[n]!.includes('=/nonexistent\0'));
}

/** Whether the process is there and no zombie that merely waits to be reaped. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== '' && state !== 'Z' && state !== 'X';
}

/** How many file descriptors a process has open. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** Resident memory of a process in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** The most memory that a process has had resident so far, in bytes. */
export async function peakBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** CPU time a process has used so far, in seconds, without its children. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100; // utime and stime, USER_HZ is 100 on Linux
}
