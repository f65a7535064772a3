import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../../../errors.ts';
import { findHolder } from '../../../state/lock.ts';
import { ownVersion } from '../../../version.ts';
import { findDaemon, type DaemonStatus } from '../../status/daemon.ts';
import { Loose } from '../../status/loose.ts';
import { reportOf, type StatusReport } from '../../status/report.ts';
import { readState } from '../../status/source.ts';
import { duration } from '../../quantities.ts';
import { fail, ok, warn, type Finding } from '../check.ts';
import type { Facts } from '../facts.ts';

const MAX_LAG_SECONDS = 300;
const RECENT_MS = 7 * 86_400_000;

/** Whether the state file can be read and written, who uses it, and what it tells of senders and gaps. */
export async function lookAtState(facts: Facts): Promise<Finding[]> {
  if (facts.config === undefined) return [];
  const { json_state_file_path: path } = facts.config;
  if (path === undefined)
    return [warn('json_state_file_path', 'it is missing: every start begins at initial_position', 'set it')];
  const statePath = resolve(path);
  return [...(await lookAtDirectory(dirname(statePath))), ...(await lookInto(statePath, facts))];
}

async function lookAtDirectory(directory: string): Promise<Finding[]> {
  try {
    await access(directory, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    const remedy = 'the directory must be there and belong to the user that runs journalbridge (StateDirectory=)';
    return [fail(directory, `the state cannot be written there: ${messageOf(error)}`, remedy)];
  }
}

async function lookInto(statePath: string, { config }: Facts): Promise<Finding[]> {
  let state: unknown;
  try {
    state = await readState(statePath);
  } catch (error) {
    const remedy = 'restore it from a backup, or remove it: then all is sent again';
    return [fail(statePath, messageOf(error).replace(`the state file ${statePath} `, ''), remedy)];
  }
  if (state === undefined) return [await lookAtAbsent(statePath)];
  const daemon = await findDaemon(new Loose(state), statePath);
  const report = reportOf({ statePath, state, config, daemon, maxLagSeconds: MAX_LAG_SECONDS, nowMs: Date.now() });
  return [lookAtDaemon(statePath, daemon), ...lookAtSenders(report), ...lookAtGaps(report)];
}

async function lookAtAbsent(statePath: string): Promise<Finding> {
  const holder = await findHolder(statePath).catch(() => undefined);
  const who =
    holder === undefined ? 'journalbridge has not run yet' : `process ${holder.pid ?? '?'} is about to write it`;
  return ok(statePath, `there is no state yet: ${who}`);
}

function lookAtDaemon(path: string, { state, pid, version, updated_at, stopped_at }: DaemonStatus): Finding {
  const since = (time: string | null): string => duration((Date.now() - Date.parse(time ?? '')) / 1000);
  const written = `written ${since(updated_at)} ago`;
  if (state === 'unknown' || state === 'absent') return ok(path, 'readable; another program wrote it');
  if (state === 'stopped') return ok(path, `readable; journalbridge was stopped ${since(stopped_at)} ago`);
  if (state === 'dead')
    return warn(
      path,
      `${written} by process ${pid ?? '?'}, which did not stop in order`,
      'start it; it goes on from there',
    );
  if (version !== null && version !== ownVersion()) {
    const text = `process ${pid ?? '?'} uses it, of version ${version}, and ${ownVersion()} is installed`;
    return warn(path, text, 'restart it');
  }
  return ok(path, `${written}, in use by process ${pid ?? '?'}`);
}

function lookAtSenders({ readers }: StatusReport): Finding[] {
  return readers.flatMap(({ name, senders }) =>
    senders.flatMap(({ name: sender, problem }) =>
      problem === null ? [] : [warn(`${name}.${sender}`, problem, '`journalbridge status` tells more')],
    ),
  );
}

function lookAtGaps({ readers }: StatusReport): Finding[] {
  return readers.flatMap(({ name, gaps, gap_counts }) => {
    const count = Object.values(gap_counts).reduce((sum, each) => sum + each, 0);
    if (count === 0) return [];
    const kinds = Object.entries(gap_counts).map(([kind, each]) => `${each} ${kind}`);
    const isRecent = gaps.some(({ noticed }) => Date.now() - Date.parse(noticed ?? '') < RECENT_MS);
    const text = `gaps: ${kinds.join(', ')}`;
    const remedy = '`journalbridge status` shows them, and docs/operations.md what to do for each kind';
    return [isRecent ? warn(name, `${text}, the last one this week`, remedy) : ok(name, `${text}, none this week`)];
  });
}
