import { stat } from 'node:fs/promises';
import type { ConfigFault } from '../errors.ts';
import type { Schema } from './dialect.ts';
import { keepSecret } from '../secrets.ts';
import { faultAt } from './faults.ts';
import { walk } from './walk.ts';

const READABLE_BY_ALL = 0o004;

/**
 * Dotted paths of secrets that stand in the config itself; to be asked before credentials are resolved. From now on
 * their values are hidden wherever something is told: a server may repeat what it was sent.
 */
export function findInlineSecrets(schema: Schema, config: unknown): string[] {
  const found: string[] = [];
  walk(schema, config, ({ path, value, keys }) => {
    for (const [key, content] of Object.entries(value)) {
      const texts = Array.isArray(content) ? content : [content];
      const isSecret = Object.hasOwn(keys, key) && keys[key]?.secret === true;
      const secrets = isSecret ? texts.map(secretIn).filter((secret) => secret !== '') : [];
      for (const secret of secrets) keepSecret(secret, true);
      if (secrets.length > 0) found.push(faultAt([...path, key], '').path);
    }
  });
  return found;
}

/** One warning for each secret in a config that every user of the machine may read. */
export async function warnOfReaders(file: string, secrets: readonly string[]): Promise<ConfigFault[]> {
  if (secrets.length === 0) return [];
  const { mode } = await stat(file);
  if ((mode & READABLE_BY_ALL) === 0) return [];
  const message = `a secret stands here and every user may read ${file}; chmod it to 0640, or use {"credential": "name"}`;
  return secrets.map((path) => ({ path, message }));
}

/** Of an address the password in it; of any other text all of it. */
function secretIn(text: unknown): string {
  if (typeof text !== 'string') return '';
  if (!/^\w+:\/\//.test(text)) return text;
  return URL.parse(text)?.password ?? text;
}
