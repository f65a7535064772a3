import { spawn } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { cpuSeconds } from '../../test/integration/processes.ts';
import { endChild, leashed } from '../../test/support/child.ts';
import { until } from '../../test/support/until.ts';
import { countIn, lastIn } from '../shippers/delivered.ts';
import { Companion } from '../shippers/running.ts';
import type { Output, Place, Preparation, Shipper } from '../shippers/shipper.ts';
import { PeakMemory, type Memory } from './peak-memory.ts';
import { timed, type Usage } from './timed.ts';

const PATIENCE_MS = 15 * 60_000;

/** What shipping a whole journal took, all processes together. */
export type WholeUsage = Usage & Memory;

/**
 * Has a shipper take a whole journal of so many entries, and makes sure that all have arrived. The time of one that
 * would follow for ever is read at the moment when the last entry is in its output. Leaves nothing behind.
 */
export async function shipWhole(shipper: Shipper, place: Place, entries: number): Promise<WholeUsage> {
  try {
    const { output, usage } = await ship(shipper, place, entries);
    const count = await countIn(output);
    if (count !== entries) throw new Error(`${shipper.name} shipped ${count} entries of ${entries}`);
    return usage;
  } finally {
    await rm(place.folder, { recursive: true, force: true });
  }
}

/** Has a shipper take a whole journal of so many entries, and gives what came out. */
export async function keepWhole(shipper: Shipper, place: Place, entries: number): Promise<Output> {
  return (await ship(shipper, place, entries)).output;
}

async function ship(shipper: Shipper, place: Place, entries: number): Promise<{ output: Output; usage: WholeUsage }> {
  await rm(place.folder, { recursive: true, force: true });
  await mkdir(place.folder, { recursive: true });
  const preparation = await shipper.prepare(place, 'once');
  const memory = new PeakMemory();
  try {
    const usage = await (shipper.ends ? toTheEnd : untilLast)(preparation, memory, entries);
    return { output: preparation.output, usage: { ...usage, ...memory.stop() } };
  } finally {
    memory.stop();
  }
}

async function toTheEnd(preparation: Preparation, memory: PeakMemory): Promise<Usage> {
  await using companion = await Companion.start(preparation);
  memory.watch(...companion.pids);
  const usage = await timed(preparation.line, preparation.stdout, (pid) => {
    memory.watchChildren(pid);
  });
  const beside = await Promise.all(companion.pids.map(cpuSeconds));
  return { ...usage, cpuSeconds: beside.reduce((sum, each) => sum + each, usage.cpuSeconds) };
}

async function untilLast({ line, output, stdout }: Preparation, memory: PeakMemory, entries: number): Promise<Usage> {
  const [command, ...args] = leashed(...line);
  await using file = await open(stdout ?? '/dev/null', 'w');
  const begin = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', file.fd, 'ignore'] });
  memory.watch(child.pid!);
  try {
    const what = `the last of ${entries} entries in ${output.path}`;
    await until(async () => (await lastIn(output)) === entries - 1, { what, everyMs: 20, deadlineMs: PATIENCE_MS });
    return { wallSeconds: (performance.now() - begin) / 1000, cpuSeconds: await cpuSeconds(child.pid!) };
  } finally {
    await endChild(child);
  }
}
