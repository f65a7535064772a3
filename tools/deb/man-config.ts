import type { Schema } from '../../src/config/dialect.ts';
import { configOption } from '../../src/config/schema.ts';
import { wantedOf } from '../../src/config/wanted.ts';
import { senderDefinitions } from '../../src/senders/registry.ts';
import { bold, heading, plain, prose } from './roff.ts';

/** journalbridge.json(5), of the declarations that docs/configuration.md is made of. */
export function configManPage(date: string): string {
  return [
    ...heading({ name: 'journalbridge.json', section: 5, date, what: 'configuration of journalbridge' }),
    '.SH DESCRIPTION',
    `One JSON file says what of the systemd journal is read and where it is delivered. ${bold('journalbridge check')}`,
    'names every fault in it with its path. An unknown key is an error, and so is a key that is given twice.',
    'All times are in seconds.',
    '.PP',
    'Any string may stand elsewhere:',
    `${bold('{"credential": "name"}')}, ${bold('{"file": "/path"}')} or ${bold('{"env": "NAME"}')} in its place.`,
    ...sectionsOf(configOption, []),
    '.SH FILES',
    '.TP',
    bold('/etc/journalbridge/journalbridge.json'),
    'The configuration of journalbridge.service.',
    '.TP',
    bold('/usr/share/journalbridge/journalbridge.schema.json'),
    'Lets an editor check and complete the file.',
    '.SH SEE ALSO',
    '.BR journalbridge (1),',
    '.BR systemd.exec (5)',
    '',
  ].join('\n');
}

/** A section for the object itself, then those of the objects in it. */
function sectionsOf(schema: Schema, path: readonly string[]): string[] {
  if (schema.variants) return variantSections(schema.variants, path);
  const title = path.length === 0 ? 'TOP LEVEL' : path.join('.');
  const own = schema.properties ? [`.SH "${plain(title)}"`, ...keysOf(schema.properties)] : [];
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, option]) => sectionsOf(option, [...path, key]));
  const values = schema.additionalProperties ? sectionsOf(schema.additionalProperties, [...path, 'NAME']) : [];
  const items = [schema, ...(schema.anyOf ?? [])].flatMap(({ items: item }) =>
    item ? sectionsOf(item, [...path, 'N']) : [],
  );
  return [...own, ...inner, ...values, ...items];
}

function variantSections({ open, closed }: NonNullable<Schema['variants']>, path: readonly string[]): string[] {
  const common = open.properties ?? {};
  const kinds = Object.entries(closed).flatMap(([kind, { properties = {} }]) => {
    const own = Object.entries(properties).filter(([key, option]) => common[key] !== option && key !== 'output_type');
    const summary = senderDefinitions.find(({ type }) => type === kind)?.summary ?? '';
    return [`.SH "output_type ${plain(kind)}"`, prose(summary), ...keysOf(Object.fromEntries(own))];
  });
  return [...sectionsOf(open, path), ...kinds];
}

function keysOf(properties: Readonly<Record<string, Schema>>): string[] {
  return Object.entries(properties)
    .filter(([, option]) => option.ignored === undefined)
    .flatMap(([key, option]) => ['.TP', bold(key), `${prose(option.description)} ${valueOf(option)}`]);
}

function valueOf(option: Schema): string {
  const preset = option.default === undefined ? '' : `; ${bold(JSON.stringify(option.default))} unless given`;
  return `(${prose(wantedOf(option))}${option.mandatory ? '; required' : preset})`;
}
