import { stat } from 'node:fs/promises';
import { findReferences, valueOf } from '../../../config/credentials.ts';
import { parseJson } from '../../../config/parse-json.ts';
import { configOption } from '../../../config/schema.ts';
import { messageOf } from '../../../errors.ts';
import { keepSecret } from '../../../secrets.ts';
import { fail, ok, warn, type Finding } from '../check.ts';
import type { Facts } from '../facts.ts';

type Reference = ReturnType<typeof findReferences>[number];

const READABLE_BY_ALL = 0o004;

/** Whether each `{"credential": …}`, `{"file": …}` and `{"env": …}` leads to a value that we may read. */
export async function lookAtCredentials(facts: Facts): Promise<Finding[]> {
  if (facts.text === undefined) return [];
  const references = findReferences(configOption, parseJson(facts.configPath, facts.text).value);
  const unit = references.some(({ kind }) => kind === 'env') ? await facts.unit() : '';
  const environment = typeof unit === 'string' ? '' : unit.Environment;
  return Promise.all(references.map((reference) => lookAt(reference, environment)));
}

async function lookAt(reference: Reference, environment: string): Promise<Finding> {
  const { path, kind, name } = reference;
  const what = `${kind} ${JSON.stringify(name)}`;
  try {
    keepSecret(await valueOf(reference), reference.isSecret);
  } catch (error) {
    return fail(path, messageOf(error), remedyOf(reference));
  }
  if (kind === 'file' && ((await stat(name)).mode & READABLE_BY_ALL) !== 0)
    return warn(path, `${what} may be read by every user`, 'chmod it to 0640, or use LoadCredential=');
  if (kind === 'env' && ` ${environment}`.includes(` ${name}=`))
    return warn(
      path,
      `${what} stands in the unit, where \`systemctl show\` tells it to every user`,
      'use LoadCredential=',
    );
  return ok(path, `${what} is there`);
}

function remedyOf({ kind, name }: Reference): string | undefined {
  if (kind === 'env') return 'set it in the environment of the service; doctor sees its own environment only';
  if (kind === 'file') return 'put it there, readable for the user that runs journalbridge';
  return `LoadCredential=${name}:/path/of/the/file in the unit; doctor finds it while the service runs, or where $CREDENTIALS_DIRECTORY says`;
}
