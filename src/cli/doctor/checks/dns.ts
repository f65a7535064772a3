import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { describeConnectionTrouble } from '../../../senders/connection-trouble.ts';
import { within } from '../../../within.ts';
import { fail, ok, type Finding } from '../check.ts';
import { destinationsOf } from '../endpoints.ts';
import type { Facts } from '../facts.ts';

const LIMIT_MS = 5000;
const REMEDY = 'mend the name in the config, or /etc/resolv.conf (`getent hosts NAME` asks the same way)';

/** Whether the names of the destinations have addresses. */
export function resolveNames(facts: Facts): Promise<Finding[]> {
  const names = destinationsOf(facts).map(({ host }) => host);
  return Promise.all([...new Set(names)].filter((host) => isIP(host) === 0).map(resolveName));
}

async function resolveName(host: string): Promise<Finding> {
  const began = performance.now();
  try {
    const addresses = await within(LIMIT_MS, () => lookup(host, { all: true }));
    const ms = Math.round(performance.now() - began);
    return ok(host, `${addresses.map(({ address }) => address).join(', ')} (${ms} ms)`);
  } catch (error) {
    return fail(host, describeConnectionTrouble(error), REMEDY);
  }
}
