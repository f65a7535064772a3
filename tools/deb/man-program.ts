import { USAGE } from '../../src/cli/usage.ts';
import { bold, heading, plain } from './roff.ts';

/** journalbridge(1), of the text that `journalbridge --help` shows. */
export function programManPage(date: string): string {
  return [
    ...heading({ name: 'journalbridge', section: 1, date, what: 'ship the systemd journal to where it is needed' }),
    '.SH SYNOPSIS',
    `${bold('journalbridge')} \\fICOMMAND\\fR [\\fIOPTION\\fR]... \\fIFILE\\fR`,
    '.SH DESCRIPTION',
    'journalbridge reads the systemd journal and delivers it as a JSON config says: at least once, in order and redacted.',
    '.SH COMMANDS',
    ...joined(USAGE.split('\n').slice(1)).flatMap(lineOf),
    '.SH EXIT STATUS',
    ...row('0', 'All is well.'),
    ...row('1', 'It has failed, or something is wrong.'),
    ...row('2', 'The command line cannot be understood.'),
    ...row('78', 'The config or the state file cannot be used.'),
    '.SH FILES',
    ...row('/etc/journalbridge/journalbridge.json', 'The configuration of journalbridge.service.'),
    ...row('/var/lib/journalbridge', 'How far every sender is, and what destinations have refused for good.'),
    ...row('/var/log/journalbridge', 'What the default configuration writes.'),
    ...row(
      '/usr/share/doc/journalbridge',
      'The guide: README.md; operations.md.gz tells what the log means; examples/.',
    ),
    '.SH SEE ALSO',
    '.BR journalbridge.json (5),',
    '.BR journalctl (1),',
    '.BR systemd\\-journald.service (8)',
    '',
  ].join('\n');
}

function row(term: string, text: string): string[] {
  return ['.TP', bold(term), plain(text)];
}

/** Whole lines: what goes on in the column of explanations belongs to the line before. */
function joined(lines: readonly string[]): string[] {
  const whole: string[] = [];
  for (const line of lines) {
    const last = whole.at(-1) ?? '';
    if (!/^ {20}/.test(line)) whole.push(line);
    else whole.splice(-1, 1, `${last}${/\S {2,}\S/.test(last) ? ' ' : '  '}${line.trim()}`);
  }
  return whole;
}

/** A line of the usage: a command, or a flag of it. */
function lineOf(line: string): string[] {
  if (line.trim() === '') return [];
  const [, indent = '', what = '', about] = /^( *)(.*?)(?: {2,}(\S.*))?$/.exec(line) ?? [];
  const text = about === undefined ? [] : [plain(about)];
  if (indent.length <= 2) return ['.TP', bold(what), ...text];
  return ['.RS', '.TP', bold(what), ...text, '.RE'];
}
