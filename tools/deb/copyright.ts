import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { productionPackages, type Package } from './packages.ts';

/** debian/copyright: the licence of everything that is shipped, from what the packages say of themselves. */
export function copyrightFile(root: string): string {
  const packages = productionPackages(root).filter(isSameEverywhere);
  const node = readFileSync(join(root, 'node_modules', `node-linux-${process.arch}`, 'LICENSE'), 'utf8');
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: journalbridge',
    'Comment: Made by `npm run copyright` of the metadata of the packages shipped; do not edit.',
    '',
    'Files: *',
    'Copyright: 2026 the maintainers of journalbridge',
    'License: Apache-2.0',
    ' On Debian systems, the full text of the Apache License 2.0 is in',
    ' /usr/share/common-licenses/Apache-2.0.',
    '',
    'Files: usr/lib/journalbridge/node',
    'Copyright: Node.js contributors, Joyent, Inc. and those named in the text',
    'License: Node.js',
    body(node),
    '',
    ...packages.flatMap((one) => stanza(root, one)),
  ].join('\n');
}

/** The add-ons for one architecture have the licence of the package that loads them. */
function isSameEverywhere({ name }: Package): boolean {
  return !/-linux-(x64|arm64)/.test(name);
}

function stanza(root: string, { name, license, folder }: Package): string[] {
  const text = licenceText(join(root, folder)) ?? `Under the licence named by its metadata: ${license}.`;
  const holders = text.split('\n').filter((line) => /^\s*(copyright\s+(\(c\)|©|\d{4})|\(c\) )/i.test(line));
  const [first, ...others] = [...new Set(holders.map((line) => line.trim()))];
  return [
    `Files: usr/lib/journalbridge/${folder}/*`,
    `Copyright: ${[first ?? `the authors of ${name}`, ...others].join('\n ')}`,
    `License: ${license.replaceAll(/[()]/g, '')}`,
    body(text),
    '',
  ];
}

const APACHE = /Apache License\s+Version 2\.0, January 2004/;
const COMMON_APACHE =
  'On Debian systems, the full text of the Apache License 2.0 is in\n/usr/share/common-licenses/Apache-2.0.';

function licenceText(folder: string): string | undefined {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.|$)/i.test(name));
  const notice = join(folder, 'NOTICE.txt');
  // Debian's policy: the Apache licence is referred to, not repeated.
  const texts = [file === undefined ? undefined : join(folder, file), existsSync(notice) ? notice : undefined];
  const found = texts
    .filter((path) => path !== undefined)
    .map((path) => readFileSync(path, 'utf8'))
    .map((text) => (APACHE.test(text) ? COMMON_APACHE : text));
  return found.length === 0 ? undefined : found.join('\n');
}

function body(text: string): string {
  const lines = text.replaceAll('\r', '').trim().split('\n');
  return lines.map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`)).join('\n');
}

const root = join(import.meta.dirname, '../..');
if (import.meta.main) writeFileSync(join(root, 'debian/copyright'), copyrightFile(root));
