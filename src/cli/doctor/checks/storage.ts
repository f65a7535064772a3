import { journalDirectory, type JournalSelection } from '../../../journal/selection.ts';
import { findJournalFiles } from '../../../journal/files.ts';
import { fail, ok, warn, type Finding } from '../check.ts';
import { enabledReaders, type Facts } from '../facts.ts';
import { DEFAULT_SELECTION } from './journal.ts';
import { readJournaldConf } from '../journald-conf.ts';

const PERSISTENT = '/var/log/journal';
const TO_PERSIST = 'Storage=persistent in journald.conf, then systemctl restart systemd-journald';
const TO_KEEP = ['SystemMaxUse', 'SystemKeepFree', 'MaxRetentionSec', 'RuntimeMaxUse'];

/** Whether the journal outlives a reboot, how much of it journald keeps, and what its rate limit may leave out. */
export async function lookAtStorage(facts: Facts): Promise<Finding[]> {
  const found = await facts.journalctl();
  const machineId = typeof found === 'string' ? undefined : found.machineId;
  const parts = enabledReaders(facts.config).map(({ part }) => part);
  const isOwn = (part: JournalSelection): boolean => isOfThisMachine(part, machineId);
  if (parts.length > 0 && !parts.some(isOwn))
    return [ok('journald', "no reader reads this machine's journal by its default place")];
  const conf = await readJournaldConf();
  const files = await findJournalFiles(parts.find(isOwn) ?? DEFAULT_SELECTION, machineId);
  return [...lookAtPlace(conf.get('Storage') ?? 'auto', files?.paths ?? []), ...lookAtLimits(conf)];
}

function isOfThisMachine(part: JournalSelection, machineId: string | undefined): boolean {
  return part.journal_files === undefined && journalDirectory(part, machineId) === undefined;
}

function lookAtPlace(storage: string, paths: readonly string[]): Finding[] {
  if (storage === 'none') return [fail('journald', 'Storage=none: it stores nothing that could be read', TO_PERSIST)];
  const persistent = paths.filter((path) => path.startsWith(`${PERSISTENT}/`));
  if (persistent.length > 0)
    return [ok('journald', `the journal is persistent (${PERSISTENT}), and outlives a reboot`)];
  if (paths.length === 0) return []; // told where readers look for files
  const text = 'the journal is volatile (/run/log/journal): what is not shipped before a reboot is lost';
  return [warn('journald', text, TO_PERSIST)];
}

/** What is unset is journald's default: a tenth of the disk and 4 GiB at most, and 10,000 messages of a service in 30 s. */
function lookAtLimits(conf: ReadonlyMap<string, string>): Finding[] {
  const kept = TO_KEEP.filter((key) => conf.has(key)).map((key) => `${key}=${conf.get(key)!}`);
  const keeps = kept.length === 0 ? 'a tenth of the disk, 4 GiB at most' : kept.join(', ');
  const interval = conf.get('RateLimitIntervalSec') ?? conf.get('RateLimitInterval') ?? '30s';
  const burst = conf.get('RateLimitBurst') ?? '10000';
  const isOff = /^0\s*\w*$/.test(interval) || burst === '0';
  return [
    ok('size limit', `journald keeps ${keeps}; what is vacuumed before it was shipped is a gap`),
    isOff
      ? ok('rate limit', 'off: journald leaves nothing out')
      : ok(
          'rate limit',
          `journald drops what a service logs beyond ${burst} messages in ${interval} (more with much free space)`,
        ),
  ];
}
