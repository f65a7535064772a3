import { anyObject, boolean, choice, integer, object, required, text, withDefault } from '../../config/dialect.ts';
import type { ConfigOf } from '../../config/dialect.ts';
import { endpointsOf } from '../endpoint.ts';
import type { SenderDefinition } from '../sender-definition.ts';
import { parseProxy } from '../socks5.ts';
import { pointlessTls, tlsOptions } from '../tls.ts';
import { faultsOf } from './faults.ts';

const jwt = object(
  {
    secret: required(text({ description: 'The key that tokens are signed with.', secret: true })),
    algorithm: withDefault('HS256', choice(['HS256'], { description: 'How tokens are signed.' })),
    claims: withDefault({}, anyObject({ description: 'What tokens say besides `iat` and `exp`.' })),
    expires_in: withDefault(
      3600,
      integer({ description: 'How many seconds a token is good for.', minimum: 10, maximum: 31_536_000 }),
    ),
  },
  { description: 'Logs in with a token that is signed here, and made anew for each connection and before it expires.' },
);

const options = object(
  {
    websocket_uri: required(text({ description: 'Where to connect to, `ws://` or `wss://`.' })),
    ssl: withDefault(
      false,
      boolean({ description: 'Whether the connection is encrypted although `websocket_uri` says `ws://`.' }),
    ),
    ...tlsOptions,
    socks5_proxy: text({
      description: 'A SOCKS5 proxy for the connection, `socks5://user:password@host:port`; it looks names up, too.',
      secret: true,
    }),
    compression: withDefault(
      'snappy',
      choice(['snappy', 'none'], { description: 'How frames are compressed: raw snappy, or not.' }),
    ),
    websocket_compression: withDefault(
      'none',
      choice(['none', 'deflate'], { description: "Whether the WebSocket's own compression is offered." }),
    ),
    max_batch_size: withDefault(
      1_048_576,
      integer({
        description:
          'The most bytes of entries in a frame, before compression; a larger entry goes alone. 0: each does.',
        journalpump: 'there other values than 0 are only announced',
        minimum: 0,
        maximum: 67_108_864,
      }),
    ),
    websocket_ack: withDefault(
      false,
      boolean({
        description:
          'Whether the receiver answers each frame with `{"ack": n}` (docs/protocols.md); else a pong will do.',
        journalpump: 'there nothing is acknowledged',
      }),
    ),
    token: text({ description: 'What to log in with: `Authorization: Bearer`.', secret: true }),
    jwt,
  },
  { description: 'Sends entries over a WebSocket as journalpump does.' },
);

export type WebsocketOptions = ConfigOf<typeof options>;

/** The `websocket` sender: journalpump's protocol, with an acknowledgement. */
export const websocketSender: SenderDefinition<typeof options> = {
  type: 'websocket',
  stateType: 'WebsocketSender',
  summary:
    'Sends entries over a WebSocket as journalpump does, and acknowledges them once a ping sent after them was answered, or the receiver has said so.',
  options,
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
