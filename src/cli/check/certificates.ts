import type { Config } from '../../config/schema.ts';
import type { ConfigFault } from '../../errors.ts';
import { tlsTrouble } from '../../senders/tls.ts';

/** Enabled senders whose `ca`, `certfile` or `keyfile` cannot be used as they are now, by whoever asks. */
export async function certificateDoubts({ readers }: Config): Promise<ConfigFault[]> {
  const senders = Object.entries(readers)
    .filter(([, { enabled }]) => enabled)
    .flatMap(([reader, { senders }]) =>
      Object.entries(senders).map(([name, sender]) => ({ path: `readers.${reader}.senders.${name}`, sender })),
    );
  const doubts = await Promise.all(
    senders
      .filter(({ sender }) => sender.enabled)
      .map(async ({ path, sender }) => ({ path, message: await tlsTrouble(sender.options) })),
  );
  return doubts.flatMap(({ path, message }) => (message === undefined ? [] : [{ path, message }]));
}
