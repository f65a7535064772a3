import type { Command } from './commands.ts';

/** Where a command of the documentation is tried out. */
export type Stage =
  /** On a stage made by `Sandbox`: a live journal, a config and a daemon that runs, but no systemd. */
  | { readonly stage: 'sandbox'; readonly as?: Wording; readonly codes?: readonly number[]; readonly lasts?: true }
  /** In a copy of the sources. */
  | { readonly stage: 'checkout'; readonly as?: Wording; readonly codes?: readonly number[] }
  /** On a Debian that boots (test/package/docs.in-box.ts), in the order of the rows below. */
  | { readonly stage: 'box'; readonly as?: Wording }
  /** Another file runs it: where, and the words there that do. */
  | { readonly stage: 'elsewhere'; readonly file: string; readonly says: string }
  /** It cannot be run; why. */
  | { readonly stage: 'nowhere'; readonly because: string };

/** How a command is completed or made smaller before it is run. */
type Wording = (text: string) => string;

/** A row of the table: a command, or a pattern of the whole of it. */
type Row = readonly [command: string | RegExp, stage: Stage];

const box: Stage = { stage: 'box' };
const sandbox: Stage = { stage: 'sandbox' };
const checkout: Stage = { stage: 'checkout' };
const ci = (says: string): Stage => ({ stage: 'elsewhere', file: '.ci/run', says });
const nowhere = (because: string): Stage => ({ stage: 'nowhere', because });
const also =
  (more: string): Wording =>
  (text) =>
    `${text} ${more}`;

/** So that a measure only shows that it runs. */
const small: Wording = (text) => `${text}${text.includes(' -- ') ? '' : ' --'} --entries 500 --rounds 1`;

/** All commands of the documentation. The first row that fits counts; one that fits none fails the tests. */
const ROWS: readonly Row[] = [
  // A package's life, in its order.
  ['apt install ./journalbridge_1.0.0_amd64.deb', box],
  ['editor /etc/journalbridge/journalbridge.json', box],
  ['systemctl enable --now journalbridge', box],
  ['tail -n 1 /var/log/journalbridge/journal.jsonl', box],
  ['systemctl status journalbridge', box],
  ['systemctl show journalbridge', box],
  ['systemctl reload journalbridge', box],
  ['systemctl restart journalbridge', box],
  // It wants a terminal to open the editor on.
  ['systemctl edit journalbridge', { stage: 'box', as: (text) => `EDITOR=true script -qec '${text}' /dev/null` }],
  ['systemctl daemon-reload', box],
  ['systemctl --version', box],
  ['systemd-analyze security', { stage: 'box', as: also('--no-pager journalbridge') }],
  ['systemd-analyze verify', { stage: 'box', as: also('journalbridge.service') }],
  ['systemd-run --scope', { stage: 'box', as: also('true') }],
  [/^journalctl -u journalbridge( -p warning)?$/, box],
  [/^runuser -u journalbridge -- journalbridge /, box],
  ['apt install ./journalbridge_NEWER_amd64.deb', box],
  ['apt install --allow-downgrades ./journalbridge_OLDER_amd64.deb', box],
  ['apt remove journalbridge', box],
  ['apt purge journalbridge', box],

  // Not commands, though they look like them.
  [/^(journalbridge was stopped at …|journalctl ended with …; starting it again)$/, nowhere('a sentence of the log')],
  ['journalbridge envelope 1', nowhere('a text of the protocol')],

  ['journalbridge run CONFIG', { stage: 'sandbox', lasts: true }],
  ['journalbridge CONFIG', { stage: 'sandbox', lasts: true }],
  // 1 is for a warning, and no systemd is one.
  [/^journalbridge doctor/, { stage: 'sandbox', codes: [0, 1] }],
  [/^journalbridge /, sandbox],
  ['journalctl -f', { stage: 'sandbox', lasts: true }],
  [/^journalctl /, sandbox],
  [/^(jq|openssl|echo|setpriv) /, sandbox],
  [/^sync /, { stage: 'sandbox', as: also('.') }],
  ['kill -9', { stage: 'elsewhere', file: 'test/e2e/kill.test.ts', says: '30 kills at random moments cost nothing' }],

  ['npm ci && npm run deb && docker build -t journalbridge .', nowhere('no Docker where tests run')],
  [/^docker /, nowhere('no Docker where tests run; test/integration/container.test.ts checks what can be')],
  [/^pip install /, nowhere('it is for the server of Gulp, which is not ours')],
  ['perf record', nowhere('it takes a kernel that lets us; the figures it gave are what the page is about')],

  ['npm ci', ci('npm ci')],
  ['npm cit', ci('npm cit')],
  ['npm test', ci('npm test')],
  ['npm run lint', ci('npm run lint')],
  ['npm run types', ci('npm run types')],
  ['npm run test:package', ci('npm run test:package')],
  // All of it takes 20 minutes and every server; the same program, smaller.
  [/^npm run soak( -- .*)?$/, ci('npm run soak -- --minutes 3')],
  ['npm run test:unit', { stage: 'elsewhere', file: 'package.json', says: "'src/**/*.test.ts'" }],
  [/^(npm ci && )?npm start$/, { stage: 'elsewhere', file: 'test/support/start.test.ts', says: 'npm start ships' }],
  [
    /^(npm ci && )?npm run deb$/,
    { stage: 'elsewhere', file: 'test/package/packages.ts', says: 'npm run --silent deb' },
  ],
  ['npm run deb -- --arch arm64', { stage: 'checkout', codes: process.arch === 'arm64' ? [0] : [1] }],
  ['npm run docs', checkout],
  // It lets prettier check what this would let it write.
  ['npm run format', ci('npm run lint')],
  [/^npm run bench -- (throughput senders|memory|redaction)$/, { stage: 'checkout', as: small }],
  // All of it takes long and wants servers; bench/measures has a file for each.
  [
    /^npm run bench( -- .*)?$/,
    { stage: 'checkout', as: (text) => `${text}${text.includes(' -- ') ? '' : ' --'} --help` },
  ],
  ['node bench/run.ts gulp', { stage: 'checkout', as: also('--entries 500 --rounds 1') }],
  [/^(node_modules\/\.bin\/)?node src\/main\.ts$/, { stage: 'checkout', as: also('--version') }],
  [/^node_modules\/\.bin\/node --test /, checkout],
];

/** What is to be done with a command; undefined if nobody has said so. */
export function stageOf({ text }: Command): Stage | undefined {
  return ROWS.find((row) => fits(row, text))?.[1];
}

/** The rows that no command fits; they are left from a page that has changed. */
export function rowsWithout(commands: readonly Command[]): string[] {
  return ROWS.filter((row) => !commands.some(({ text }) => ROWS.find((each) => fits(each, text)) === row)).map(String);
}

/** The commands in the order of the rows. */
export function inOrder(commands: readonly Command[]): Command[] {
  const rankOf = ({ text }: Command): number => ROWS.findIndex((row) => fits(row, text));
  return commands.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function fits([command]: Row, text: string): boolean {
  return typeof command === 'string' ? command === text : command.test(text);
}
