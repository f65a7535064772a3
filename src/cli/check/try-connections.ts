import type { Config, SenderConfig } from '../../config/schema.ts';
import { JournalbridgeError, messageOf } from '../../errors.ts';
import { withoutSecrets } from '../../secrets.ts';
import { describeConnectionTrouble } from '../../senders/connection-trouble.ts';
import { senderDefinition } from '../../senders/registry.ts';
import type { Sender } from '../../senders/sender.ts';
import { createLog } from '../../telemetry/log.ts';
import { within } from '../../within.ts';

/** Whether a sender can reach its destination. */
export interface ConnectionResult {
  /** `reader.sender` */
  readonly name: string;
  /** A sentence; undefined when all is well. */
  readonly trouble: string | undefined;
}

const LIMIT_MS = 10_000;
const CLOSE_LIMIT_MS = 2000;

/** Tries the connection of every enabled sender, all at the same time, and sends nothing. */
export function tryConnections(config: Config, limitMs = LIMIT_MS): Promise<ConnectionResult[]> {
  const readers = Object.entries(config.readers).filter(([, { enabled }]) => enabled);
  const senders = readers.flatMap(([reader, { senders }]) =>
    Object.entries(senders).map(([name, sender]) => ({ name: `${reader}.${name}`, sender })),
  );
  const enabled = senders.filter(({ sender }) => sender.enabled);
  return Promise.all(
    enabled.map(async ({ name, sender }) => ({ name, trouble: await troubleOf(name, sender, limitMs) })),
  );
}

async function troubleOf(name: string, config: SenderConfig, limitMs: number): Promise<string | undefined> {
  // What matters is in the error; a client's own chatter would hide it.
  const log = createLog({ write: () => undefined });
  let sender: Sender | undefined;
  try {
    sender = await senderDefinition(config.output_type)!.create(config.options, { name, log });
    await within(limitMs, (signal) => (sender!.probe ?? sender!.connect).call(sender, signal));
    return undefined;
  } catch (error) {
    return withoutSecrets(error instanceof JournalbridgeError ? messageOf(error) : describeConnectionTrouble(error));
  } finally {
    await within(CLOSE_LIMIT_MS, () => sender?.close() ?? Promise.resolve()).catch(() => undefined);
  }
}
