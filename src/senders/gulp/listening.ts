import { messageOf, systemCodeOf } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import { isLoopback, listenAddress, type BridgeIdentity } from './bridge-address.ts';
import type { ControlApi } from './control-api.ts';
import type { GulpOptions } from './options.ts';

/** Opens the control API where it is to listen, and warns of an address that is unwise. */
export async function listen(
  api: ControlApi,
  options: GulpOptions,
  { identity, log }: { readonly identity: BridgeIdentity; readonly log: SenderContext['log'] },
): Promise<void> {
  const { host, port } = await listenAddress(options);
  try {
    await api.listen(host, port);
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    throw new Error(`the control API cannot listen at ${host} port ${port}: ${messageOf(error)}; see "listen"`, {
      cause: error,
    });
  }
  const isPlain = options.certfile === undefined;
  log.info(`the control API listens at ${host} port ${api.port ?? port}${isPlain ? '' : ', by TLS'}.`);
  if (isPlain && !isLoopback(host))
    log.warn(
      `the control API listens in clear at ${host}: whoever sees the traffic learns the token; give "certfile" and "keyfile", or put a proxy with TLS before it and listen at 127.0.0.1.`,
    );
  else if (isLoopback(host) && !isLoopback(new URL(identity.url).hostname))
    log.warn(
      `Gulp is told to call ${identity.url}, and the control API listens at ${host} only: that takes a proxy on this host, or another "listen".`,
    );
}
