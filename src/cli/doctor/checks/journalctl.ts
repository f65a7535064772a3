import { messageOf } from '../../../errors.ts';
import { askJournalctl } from '../../../journal/journalctl.ts';
import type { Capabilities } from '../../../journal/probe.ts';
import { fail, ok, warn, type Finding } from '../check.ts';
import type { Facts } from '../facts.ts';

const OLDEST = 245;
const LIMIT_MS = 5000;
/** What readers may ask of it; a place that is not there gives the answer at once. */
const OPTIONS = [
  '--output=export',
  '--no-pager',
  '--quiet',
  '--no-tail',
  '--lines=1',
  '--output-fields=MESSAGE,PRIORITY',
  '--cursor=s=0',
  '--directory=/nonexistent',
];

/** Whether there is a journalctl, and whether it can do what we ask of it. */
export async function lookAtJournalctl(facts: Facts): Promise<Finding[]> {
  const found = await facts.journalctl();
  if (typeof found === 'string') return [fail(facts.config?.journalctl_path ?? 'journalctl', found)];
  const { path, version, canMergeFollow } = found;
  const lacking = await findUnknownOption(found);
  if (lacking !== undefined) return [fail(path, `version ${version} ${lacking}`, 'install a newer systemd')];
  if (version === 0) return [warn(path, 'it tells no version: is it a journalctl?', 'set `journalctl_path`')];
  if (version < OLDEST)
    return [warn(path, `version ${version} is older than any that was tried (${OLDEST})`, 'install a newer systemd')];
  const how = canMergeFollow
    ? 'follows across boots'
    : 'refuses --follow with --merge, so older boots are read first and then what is new';
  return [ok(path, `version ${version}, ${how}`)];
}

async function findUnknownOption({ path }: Capabilities): Promise<string | undefined> {
  try {
    const { stderr } = await askJournalctl(path, OPTIONS, LIMIT_MS);
    const [, option] = /(?:unrecognized|unknown) option '?([\w-]+)/i.exec(stderr) ?? [];
    return option === undefined ? undefined : `does not know ${option}`;
  } catch (error) {
    return `does not answer: ${messageOf(error)}`;
  }
}
