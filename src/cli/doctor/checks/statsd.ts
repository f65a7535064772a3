import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../../errors.ts';
import { describeConnectionTrouble } from '../../../senders/connection-trouble.ts';
import { describeAddress, statsdAddress } from '../../../telemetry/statsd-address.ts';
import { within } from '../../../within.ts';
import { ok, warn, type Finding } from '../check.ts';
import type { Facts } from '../facts.ts';

const LIMIT_MS = 5000;
/** A closed port on this machine or the next is told of in less. */
const REFUSAL_MS = 300;

/** Whether metrics can be sent; shipping goes on without. */
export async function tryStatsd({ config }: Facts): Promise<Finding[]> {
  if (config === undefined) return [];
  const address = statsdAddress(config.statsd);
  if (address === undefined) return [ok('statsd', 'no metrics are sent')];
  const subject = describeAddress(address);
  try {
    if (address.kind === 'socket') return [await lookAtSocket(address.path)];
    const { host, port } = address;
    const found = await within(LIMIT_MS, () => lookup(host, { order: 'ipv4first' }));
    return [ok(subject, await knock({ ...found, port }))];
  } catch (error) {
    return [
      warn(subject, `metrics do not get there: ${describeConnectionTrouble(error)}`, 'mend "statsd", or start it'),
    ];
  }
}

/** Sends an empty datagram, which no statsd counts. Throws when nobody listens there, if that is told. */
async function knock({ address, family, port }: { address: string; family: number; port: number }): Promise<string> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const trouble = once(socket, 'error').then(([error]) => Promise.reject(error as Error));
  try {
    socket.connect(port, address);
    await Promise.race([once(socket, 'connect'), trouble]);
    socket.send('');
    await Promise.race([pause(REFUSAL_MS), trouble]);
    return `datagrams leave for ${address}; whether they arrive nobody tells`;
  } finally {
    trouble.catch(() => undefined);
    socket.close();
  }
}

async function lookAtSocket(path: string): Promise<Finding> {
  try {
    if (!(await stat(path)).isSocket()) return warn(path, 'it is no socket', 'mend "path" of "statsd"');
    await access(path, constants.W_OK);
  } catch (error) {
    return warn(
      path,
      `metrics cannot be sent there: ${messageOf(error)}`,
      'start the statsd, or let our user write to it',
    );
  }
  const bound = await readFile('/proc/net/unix', 'utf8').catch(() => path);
  if (bound.includes(path)) return ok(path, 'somebody listens');
  return warn(path, 'nobody listens there any more', 'start the statsd');
}
