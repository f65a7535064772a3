import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyComplaint } from './stderr.ts';

for (const { line, complaint, remedy } of [
  { line: 'Journal file /j/a.journal is truncated, ignoring file.', complaint: 'file-skipped', remedy: /--verify/ },
  { line: 'Journal file /j/a b.journal corrupted, ignoring file.', complaint: 'file-skipped', remedy: /--verify/ },
  {
    line: 'Journal file /j/a.journal uses an unsupported feature, ignoring file.',
    complaint: 'file-skipped',
    remedy: /newer systemd/,
  },
  {
    line: 'An error was encountered while opening journal file or directory /j/a, ignoring file: Input/output error',
    complaint: 'file-skipped',
    remedy: /not read/,
  },
  {
    line: 'No journal files were opened due to insufficient permissions.',
    complaint: 'permission',
    remedy: /systemd-journal/,
  },
  {
    line: 'Hint: You are currently not seeing messages from other users and the system.',
    complaint: 'permission',
    remedy: /systemd-journal/,
  },
  { line: 'Failed to open /var/x: Permission denied', complaint: 'permission', remedy: /systemd-journal/ },
  { line: 'Failed to open /nonexistent: No such file or directory', complaint: 'missing', remedy: /waiting/ },
  { line: 'Failed to open /etc/passwd: Not a directory', complaint: 'missing', remedy: /waiting/ },
  { line: 'Failed to open files: No such file or directory', complaint: 'missing', remedy: /waiting/ },
  { line: 'No journal files were found.', complaint: 'missing', remedy: /waiting/ },
  { line: 'Failed to seek to cursor: Invalid argument', complaint: 'bad-cursor', remedy: /initial_position/ },
  {
    line: 'Using --boot or --list-boots with --merge is not supported.',
    complaint: 'merge-refused',
    remedy: undefined,
  },
  {
    line: 'Data from the specified boot (+0) is not available: No such boot ID in journal',
    complaint: 'no-such-boot',
    remedy: /waiting/,
  },
  { line: '      Users in groups adm, systemd-journal can see all messages.', complaint: 'note', remedy: undefined },
  { line: '-- No entries --', complaint: 'note', remedy: undefined },
  { line: 'Something never seen before', complaint: 'other', remedy: undefined },
  { line: '', complaint: 'other', remedy: undefined },
] as const) {
  test(`"${line}" is ${complaint}`, () => {
    const found = classifyComplaint(line);

    assert.equal(found.complaint, complaint);
    if (remedy === undefined) assert.equal(found.remedy, undefined);
    else assert.match(found.remedy!, remedy);
  });
}
