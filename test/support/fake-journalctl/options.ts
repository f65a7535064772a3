import { parseArgs } from 'node:util';

/** The end of a fake that refuses its command line or cannot do what it asks for. */
export class Refusal extends Error {
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

/** A command line of journalctl: options by their long names (a flag's value is ''), and matches. */
export interface CommandLine {
  readonly options: ReadonlyMap<string, string>;
  readonly matches: readonly string[];
}

const withArgument = [
  ...[
    'machine:M',
    'directory:D',
    'file',
    'root',
    'image',
    'namespace',
    'since:S',
    'until:U',
    'cursor:c',
    'after-cursor',
  ],
  ...['cursor-file', 'unit:u', 'user-unit', 'identifier:t', 'priority:p', 'facility', 'grep:g', 'output:o'],
  ...['output-fields', 'interval', 'verify-key', 'vacuum-size', 'vacuum-files', 'vacuum-time', 'field:F'],
];
const withOptionalArgument = ['boot:b', 'lines:n', 'case-sensitive'];
const flags = [
  ...['system', 'user', 'merge:m', 'dmesg:k', 'reverse:r', 'show-cursor', 'utc', 'catalog:x', 'no-hostname', 'no-full'],
  ...['full:l', 'all:a', 'follow:f', 'no-tail', 'quiet:q', 'no-pager', 'pager-end:e', 'force', 'help:h', 'version'],
  ...['fields:N', 'list-boots', 'disk-usage', 'verify', 'sync', 'relinquish-var', 'smart-relinquish-var', 'flush'],
  ...['rotate', 'header', 'list-catalog', 'dump-catalog', 'update-catalog', 'setup-keys'],
];

/** What the fake does or may pass over; all else of systemd 252 is known to it, but refused with 99. */
const supported = new Set([
  ...['directory', 'file', 'namespace', 'since', 'cursor', 'output', 'boot', 'lines', 'system', 'user', 'merge', 'all'],
  ...['follow', 'no-tail', 'quiet', 'no-pager', 'version'],
]);

const nameOf = (option: string) => option.split(':')[0]!;
const required = new Set(withArgument.map(nameOf));
const optional = new Set(withOptionalArgument.map(nameOf));
const known = [...withArgument, ...withOptionalArgument, ...flags];

/** Reads a command line as systemd 252 does (but for abbreviated options), with its words for what is wrong. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const specification = known.map((option) => {
    const [name, short] = option.split(':') as [string, string?];
    return [name, { type: required.has(name) ? 'string' : 'boolean', ...(short && { short }) }] as const;
  });
  const options = Object.fromEntries(specification);
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const found = new Map<string, string>();
  const matches: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') matches.push(token.value);
    if (token.kind !== 'option') continue;
    refuseUnlessFine(token, Object.hasOwn(options, token.name));
    found.set(token.name, token.value ?? '');
  }
  return { options: found, matches };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function refuseUnlessFine({ name, rawName, value, inlineValue }: OptionToken, isKnown: boolean): void {
  const say = (text: string) => new Refusal(`journalctl: ${text}`);
  if (!isKnown && !rawName.startsWith('--')) throw say(`invalid option -- '${name}'`);
  if (!isKnown) throw say(`unrecognized option '${rawName}${inlineValue === true ? `=${value ?? ''}` : ''}'`);
  if (required.has(name) && value === undefined) throw say(`option '${rawName}' requires an argument`);
  if (inlineValue === true && !required.has(name) && !optional.has(name)) {
    throw say(`option '${rawName}' doesn't allow an argument`);
  }
  if (!supported.has(name)) throw new Refusal(`the fake journalctl cannot do ${rawName}`, 99);
}
