import { createHash, randomBytes } from 'node:crypto';
import { NotConnectedError } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import { fieldsOf, Refusal } from './answer.ts';
import type { BridgeIdentity } from './bridge-address.ts';
import type { Client } from './client.ts';
import type { Registration } from './task-record.ts';

/** A task as Gulp has it. */
export interface RemoteTask {
  readonly id: string;
  readonly bridge_id: string;
  readonly operation_id: string;
  readonly plugin_params: unknown;
  readonly status: unknown;
  /** In ms since 1970. */
  readonly createdMs: number;
}

/** How Gulp knows us now; `isNew`: it did not before, or not any more, so it knows no tasks of ours. */
export interface Registered {
  readonly registration: Registration;
  readonly isNew: boolean;
}

const TOKEN_BYTES = 32;

/** Makes sure that Gulp knows this bridge, and that we know the token by which it calls us. */
export async function register(
  client: Client,
  identity: BridgeIdentity,
  {
    server,
    log,
    announce,
  }: {
    readonly server: string;
    readonly log: SenderContext['log'];
    /** Gulp may call by the token with this digest from now on. */
    readonly announce?: (digest: string) => void;
  },
  signal: AbortSignal,
): Promise<Registered> {
  const common = { name: identity.name, url: identity.url, server };
  const known = await tokenOf(client, identity, signal);
  if (known !== undefined) return { isNew: false, registration: { ...common, bridge_id: identity.id, ...known } };
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const query = { name: identity.name, url: identity.url, bridge_token: token };
  announce?.(sha256(token));
  try {
    const data = fieldsOf(await client.call({ method: 'POST', path: '/register_bridge', query }, signal));
    const id = typeof data['bridge_id'] === 'string' ? data['bridge_id'] : identity.id;
    log.info(
      `is registered at ${client.destination} as ${JSON.stringify(identity.name)}, to be called at ${identity.url}.`,
    );
    return { isNew: true, registration: { ...common, bridge_id: id, token_sha256: sha256(token) } };
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind !== 'exists') throw error;
    const now = await tokenOf(client, identity, signal);
    if (now !== undefined) return { isNew: false, registration: { ...common, bridge_id: identity.id, ...now } };
    throw new NotConnectedError(
      `${client.destination}: there is a bridge ${JSON.stringify(identity.name)} at ${identity.url} that belongs to another user; ` +
        'log in as that one, unregister it, or choose another "bridge_name"',
    );
  }
}

/** The tasks that Gulp has for a bridge. */
export async function listTasks(client: Client, bridgeId: string, signal: AbortSignal): Promise<RemoteTask[]> {
  const data = await client.call({ method: 'POST', path: '/list_ingestion_tasks', json: {} }, signal);
  const tasks = Array.isArray(data) ? data.map(fieldsOf) : [];
  return tasks
    .filter(({ bridge_id }) => bridge_id === bridgeId)
    .map(({ id, operation_id, plugin_params, status, time_created }) => ({
      id: String(id),
      bridge_id: bridgeId,
      operation_id: String(operation_id),
      plugin_params,
      status,
      createdMs: typeof time_created === 'number' ? time_created : Date.now(),
    }));
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The token by which Gulp calls the bridge, as a digest; undefined: it does not know the bridge, or does not show it to us. */
async function tokenOf(
  client: Client,
  { id }: BridgeIdentity,
  signal: AbortSignal,
): Promise<{ token_sha256: string } | undefined> {
  const data = await client.call({ method: 'POST', path: '/list_bridges', json: {} }, signal);
  const found = Array.isArray(data) ? data.map(fieldsOf).find((bridge) => bridge['id'] === id) : undefined;
  const token = found?.['bridge_token'];
  return typeof token === 'string' && token !== '' ? { token_sha256: sha256(token) } : undefined;
}
