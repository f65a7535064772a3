import { once } from 'node:events';
import { connect } from 'node:net';
import { describeConnectionTrouble } from '../../../senders/connection-trouble.ts';
import { fail, ok, type Finding } from '../check.ts';
import { destinationsOf, isResolvable, type Destination } from '../endpoints.ts';
import type { Facts } from '../facts.ts';
import { within } from '../../../within.ts';

const LIMIT_MS = 5000;
const REMEDY = 'is it running, is the port right, does a firewall let it through?';

/** Whether somebody listens at each destination. */
export async function openPorts(facts: Facts): Promise<Finding[]> {
  return (await Promise.all(destinationsOf(facts).map(openPort))).flat();
}

async function openPort({ host, port, address, owners }: Destination): Promise<Finding[]> {
  const began = performance.now();
  try {
    return await within(LIMIT_MS, async (signal) => {
      if (!(await isResolvable(host))) return [];
      using socket = disposable(connect({ host, port }));
      await once(socket.socket, 'connect', { signal });
      return [ok(address, `open, for ${owners.join(', ')} (${Math.round(performance.now() - began)} ms)`)];
    });
  } catch (error) {
    return [fail(address, `${describeConnectionTrouble(error)} (${owners.join(', ')})`, REMEDY)];
  }
}

function disposable(socket: ReturnType<typeof connect>): Disposable & { readonly socket: typeof socket } {
  // What comes after is of no interest.
  return { socket, [Symbol.dispose]: () => socket.on('error', () => undefined).destroy() };
}
