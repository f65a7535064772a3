/** What a line of journalctl's stderr means for us. */
export type Complaint =
  'file-skipped' | 'permission' | 'missing' | 'bad-cursor' | 'merge-refused' | 'no-such-boot' | 'note' | 'other';

interface Rule {
  readonly pattern: RegExp;
  readonly complaint: Complaint;
  /** What the operator can do. */
  readonly remedy?: string;
}

const GROUP = 'run journalbridge as a user in the group systemd-journal (SupplementaryGroups=systemd-journal)';

/** Texts of journalctl (src/journal/journalctl.c, src/shared/journal-util.c), in the order they are looked for. */
const RULES: readonly Rule[] = [
  {
    pattern: /^Journal file .* is truncated, ignoring file/,
    complaint: 'file-skipped',
    remedy: 'its entries are not read; `journalctl --verify` tells more, and the file can be moved away',
  },
  {
    pattern: /^Journal file .* corrupted, ignoring file/,
    complaint: 'file-skipped',
    remedy: 'its entries are not read; `journalctl --verify` tells more, and the file can be moved away',
  },
  {
    pattern: /^Journal file .* uses an unsupported feature/,
    complaint: 'file-skipped',
    remedy: 'a newer systemd wrote it; use a journalctl of at least that version (`journalctl_path`)',
  },
  {
    pattern: /^An error was encountered while opening journal file or directory/,
    complaint: 'file-skipped',
    remedy: 'its entries are not read',
  },
  {
    pattern: /insufficient permissions|Permission denied|currently not seeing messages/,
    complaint: 'permission',
    remedy: GROUP,
  },
  {
    pattern: /^Failed to open .*: (No such file|Not a directory)|^Failed to (open|add).*No such file/,
    complaint: 'missing',
    remedy: 'waiting for it to appear',
  },
  { pattern: /^No journal files were found/, complaint: 'missing', remedy: 'waiting for some to appear' },
  {
    pattern: /^Failed to seek to cursor/,
    complaint: 'bad-cursor',
    remedy: 'the place in the state file is not understood; starting by initial_position',
  },
  { pattern: /--merge.*not supported|merge.*(at most|together|conflict)/i, complaint: 'merge-refused' },
  {
    pattern: /^Data from the specified boot|No such boot ID/,
    complaint: 'no-such-boot',
    remedy: 'waiting for entries',
  },
  { pattern: /^\s|^Hint:|^Use SYSTEMD_LOG_LEVEL|^-- /, complaint: 'note' },
];

/** Tells what a line of stderr means, and what can be done about it. */
export function classifyComplaint(line: string): { complaint: Complaint; remedy: string | undefined } {
  const rule = RULES.find(({ pattern }) => pattern.test(line));
  return { complaint: rule?.complaint ?? 'other', remedy: rule?.remedy };
}

const IGNORED_FILE =
  /^(?:Journal file (?<file>.+) (?:is truncated|corrupted|uses an unsupported feature)|An error .* journal file or directory (?<place>.+)), ignoring file/;

/** The path of the file that journalctl leaves out, if that is what the line says. */
export function ignoredFile(line: string): string | undefined {
  const { file, place } = IGNORED_FILE.exec(line)?.groups ?? {};
  return file ?? place;
}
