import { anyObject, boolean, choice, integer, object, required, text, withDefault } from '../../config/dialect.ts';
import type { ConfigOf } from '../../config/dialect.ts';
import { tlsOptions } from '../tls.ts';

const jwt = object(
  {
    secret: required(text({ description: 'The key that tokens are signed with.', secret: true })),
    algorithm: withDefault('HS256', choice(['HS256'], { description: 'How tokens are signed.' })),
    claims: withDefault({}, anyObject({ description: 'What tokens say besides `iat` and `exp`.' })),
    expires_in: withDefault(
      3600,
      integer({ description: 'How many seconds a token is good for.', minimum: 1, maximum: 31_536_000 }),
    ),
  },
  { description: 'Logs in with a token that is signed here, and made anew for each connection and before it expires.' },
);

/** The keys of a `websocket` sender. */
export const websocketOptions = object(
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

/** The checked options of a `websocket` sender. */
export type WebsocketOptions = ConfigOf<typeof websocketOptions>;
