import { blocksOf, codesOf, type Page } from './pages.ts';

/** A command that a page tells its reader to use. */
export interface Command {
  readonly page: string;
  readonly text: string;
}

/** Text between backticks that begins with one of these, and goes on, is a command. */
const PROGRAMS = [
  ...['journalbridge', 'npm', 'node', 'node_modules/.bin/node', 'docker', 'pip'],
  ...['apt', 'systemctl', 'systemd-analyze', 'systemd-run', 'journalctl', 'runuser', 'editor'],
  ...['jq', 'kill', 'openssl', 'perf', 'setpriv', 'sync', 'tail', 'chmod', 'chown', 'echo'],
];

/** Every command of a page: the lines of its `sh` blocks, then those in its text; each once. */
export function commandsOf(page: Page): Command[] {
  const inBlocks = blocksOf(page).flatMap(({ language, text }) => (language === 'sh' ? linesOf(text) : []));
  const inText = codesOf(page).filter((code) => PROGRAMS.some((program) => code.startsWith(`${program} `)));
  return [...new Set([...inBlocks, ...inText])].map((text) => ({ page: page.path, text }));
}

/** The programs that the text between a page's backticks seems to begin with, though they are none of ours. */
export function strangersOf(page: Page, isProgram: (word: string) => boolean): string[] {
  const words = codesOf(page).flatMap((code) => /^([a-z][\w-]*) -/.exec(code)?.[1] ?? []);
  return words.filter((word) => !PROGRAMS.includes(word) && isProgram(word));
}

/** The commands of a block: continued lines are one, comments are none. */
function linesOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}
