import { endpointsOf } from '../endpoint.ts';
import type { SenderDefinition } from '../sender-definition.ts';
import { parseProxy } from '../socks5.ts';
import { pointlessTls } from '../tls.ts';
import { faultsOf } from './faults.ts';
import { websocketOptions } from './options.ts';

/** The `websocket` sender: journalpump's protocol, with an acknowledgement. */
export const websocketSender: SenderDefinition<typeof websocketOptions> = {
  type: 'websocket',
  stateType: 'WebsocketSender',
  summary:
    'Sends entries over a WebSocket as journalpump does, and acknowledges them once a ping sent after them was answered, or the receiver has said so.',
  options: websocketOptions,
  defaultSendInterval: 1,
  endpoints: ({ websocket_uri, ssl, socks5_proxy, ...tls }) =>
    socks5_proxy === undefined
      ? endpointsOf(ssl ? websocket_uri.replace(/^ws:/i, 'wss:') : websocket_uri, tls)
      : [parseProxy(socks5_proxy)],
  faults: faultsOf,
  doubts: (own) =>
    own.ssl || /^wss:/i.test(own.websocket_uri)
      ? []
      : pointlessTls(own, 'set "ssl" or let "websocket_uri" begin with "wss://"'),
  async create(own, { log }) {
    const { createWebsocketSender } = await import('./websocket-sender.ts');
    return createWebsocketSender(own, log);
  },
};
