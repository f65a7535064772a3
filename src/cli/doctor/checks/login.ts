import { tryConnections } from '../../check/try-connections.ts';
import { fail, ok, type Finding } from '../check.ts';
import type { Facts } from '../facts.ts';

const LIMIT_MS = 10_000;

/** Whether each sender gets in where it wants to: what `check --connect` does. */
export async function tryLogins({ config }: Facts): Promise<Finding[]> {
  if (config === undefined) return [];
  const results = await tryConnections(config, LIMIT_MS);
  return results.map(({ name, trouble }) => (trouble === undefined ? ok(name, 'ready') : fail(name, trouble)));
}
