import { access } from 'node:fs/promises';
import { readFileHeader } from '../../../journal/file-header.ts';
import { findJournalFiles } from '../../../journal/files.ts';
import { duration } from '../../quantities.ts';
import { askProgram } from '../ask-program.ts';
import { ok, warn, type Finding } from '../check.ts';
import { enabledReaders, type Facts } from '../facts.ts';
import { DEFAULT_SELECTION } from './journal.ts';

/** What of the journal may be ahead of the clock without anything being wrong. */
const SLACK_US = 60e6;
const SYNCHRONISED = '/run/systemd/timesync/synchronized';

/** Whether the clock can be right: nothing in the journal is later than now, and somebody synchronises it. */
export async function findClockTrouble(facts: Facts): Promise<Finding[]> {
  const [future, sync] = await Promise.all([findFuture(facts), lookAtSync()]);
  return [...future, sync];
}

async function findFuture(facts: Facts): Promise<Finding[]> {
  const found = await facts.journalctl();
  const machineId = typeof found === 'string' ? undefined : found.machineId;
  const readers = enabledReaders(facts.config);
  const selections = readers.length > 0 ? readers : [{ name: 'journal', part: DEFAULT_SELECTION }];
  const findings = selections.map(async ({ name, part }): Promise<Finding[]> => {
    const files = await findJournalFiles(part, machineId);
    const headers = await Promise.all((files?.paths ?? []).map(readFileHeader));
    const aheadUs = Math.max(0, ...headers.map((header) => header?.tailUs ?? 0)) - Date.now() * 1000;
    if (aheadUs <= SLACK_US) return [];
    const text = `the newest entry of the journal is ${duration(aheadUs / 1e6)} in the future: the clock was set back, or is wrong`;
    return [warn(name, text, 'set the clock; lags are wrong until it has caught up, but nothing is lost')];
  });
  return (await Promise.all(findings)).flat();
}

async function lookAtSync(): Promise<Finding> {
  const now = new Date().toISOString().replace(/\.\d+/, '');
  const isKnown = await access(SYNCHRONISED).then(
    () => true,
    () => false, // another one than timesyncd, or nobody
  );
  if (isKnown) return ok('system clock', `${now}, synchronised`);
  const answer = await askProgram('timedatectl', 'show', '--property=NTP', '--property=NTPSynchronized');
  const told = 'text' in answer ? answer.text : '';
  if (told.includes('NTPSynchronized=yes')) return ok('system clock', `${now}, synchronised`);
  if (told.includes('NTP=yes')) {
    const text = `${now}, not synchronised though NTP is on`;
    return warn('system clock', text, '`timedatectl timesync-status` tells why');
  }
  return ok('system clock', `${now}; systemd knows of nobody that synchronises it`);
}
