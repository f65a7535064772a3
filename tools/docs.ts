import { readFileSync, writeFileSync } from 'node:fs';
import type { Schema } from '../src/config/dialect.ts';
import { configOption } from '../src/config/schema.ts';
import { wantedOf } from '../src/config/wanted.ts';
import { senderDefinitions } from '../src/senders/registry.ts';

/** Where the reference page lies. */
export const DOCS_FILE = new URL('../docs/configuration.md', import.meta.url);

const EXAMPLE_FILE = new URL('../journalbridge.example.json', import.meta.url);

const INTRO = `<!-- Made by \`npm run docs\` from the declarations in src/config/options and src/senders; do not edit. -->

# Configuration

journalbridge reads one JSON file. The smallest useful one:

{{example}}

- \`journalbridge check CONFIG\` names every fault with its path and does nothing else.
- An unknown key is an error. So is a key that is given twice.
- \`null\` for a key that is not required means the same as leaving the key out.
- Relative paths count from the working directory of the daemon. All times are in seconds.
- \`"$schema": "./journalbridge.schema.json"\` lets an editor check and complete the file.
- Any string may stand elsewhere: \`{"credential": "name"}\` (a file in \`$CREDENTIALS_DIRECTORY\`, see \`LoadCredential=\` in
  systemd.exec(5)), \`{"file": "/path"}\` or \`{"env": "NAME"}\` in its place. One newline at the end of a file is left out.
  What is missing or empty is an error. Such a value is shown nowhere, not even in errors.
- A secret that stands in the file itself draws a warning if every user may read the file.
- Names of readers and senders are yours to choose: {{names}}.
`;

/** The text of `docs/configuration.md`: every key with its value, default and meaning, and where journalpump differs. */
export function configurationPage(): string {
  const example = `\`\`\`json\n${readFileSync(EXAMPLE_FILE, 'utf8')}\`\`\``;
  const names = configOption.properties['readers']?.propertyNames?.wanted ?? '';
  const intro = INTRO.replace('{{example}}', () => example).replace('{{names}}', () => names);
  return [intro, ...sectionsOf(configOption, [])].join('\n');
}

/** A section for the object itself, then those of the objects in it. */
function sectionsOf(schema: Schema, path: readonly string[]): string[] {
  if (schema.variants) return variantSections(schema.variants, path);
  const title = path.length === 0 ? 'Top level' : `\`${path.join('.')}\``;
  const own = schema.properties ? [`## ${title}\n`, tableOf(schema.properties), deadKeysOf(schema.properties)] : [];
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, option]) => sectionsOf(option, [...path, key]));
  const values = schema.additionalProperties ? sectionsOf(schema.additionalProperties, [...path, 'NAME']) : [];
  const items = [schema, ...(schema.anyOf ?? [])].flatMap(({ items: item }) =>
    item ? sectionsOf(item, [...path, 'N']) : [],
  );
  return [...own, ...inner, ...values, ...items].filter((part) => part !== '');
}

function variantSections({ open, closed }: NonNullable<Schema['variants']>, path: readonly string[]): string[] {
  const common = open.properties ?? {};
  const kinds = Object.entries(closed).flatMap(([kind, { properties = {} }]) => {
    const own = Object.fromEntries(
      Object.entries(properties).filter(([key, option]) => common[key] !== option && key !== 'output_type'),
    );
    const summary = senderDefinitions.find(({ type }) => type === kind)?.summary ?? '';
    return [`### \`"output_type": "${kind}"\`\n`, `${summary}\n`, tableOf(own), deadKeysOf(own)];
  });
  return [...sectionsOf(open, path), ...kinds].filter((part) => part !== '');
}

function tableOf(properties: Readonly<Record<string, Schema>>): string {
  const rows = Object.entries(properties)
    .filter(([, option]) => option.ignored === undefined)
    .map(([key, option]) => `| \`${key}\` | ${cell(wantedOf(option))} | ${defaultOf(option)} | ${meaningOf(option)} |`);
  return ['| Key | Value | Default | Meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

function deadKeysOf(properties: Readonly<Record<string, Schema>>): string {
  const dead = Object.entries(properties).filter(([, option]) => option.ignored !== undefined);
  if (dead.length === 0) return '';
  const lines = dead.map(([key, option]) => `- \`${key}\`: ${option.ignored ?? ''}`);
  return ['Accepted with a warning, without effect:\n', ...lines, ''].join('\n');
}

function defaultOf(option: Schema): string {
  if (option.mandatory) return '**required**';
  return option.default === undefined ? '–' : `\`${JSON.stringify(option.default)}\``;
}

function meaningOf({ description, journalpump, secret }: Schema): string {
  const notes = [secret ? ' Never shown.' : '', journalpump === undefined ? '' : ` *journalpump: ${journalpump}.*`];
  return cell(`${description}${notes.join('')}`);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) writeFileSync(DOCS_FILE, configurationPage());
