/** Where a SOCKS5 proxy is, and how to log in there. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  readonly userId?: string;
  readonly password?: string;
}

const DEFAULT_PORT = 1080;

/** Reads `socks5://user:password@host:port`; the scheme may be left out. Throws an Error that shows no password. */
export function parseProxy(text: string): Proxy {
  const url = URL.parse(/^\w+:\/\//.test(text) ? text : `socks5://${text}`);
  if (url === null || url.hostname === '' || !['', '/'].includes(url.pathname))
    throw new Error('must be of the form socks5://host:port, with user:password@ before the host if need be');
  if (!['socks5:', 'socks5h:'].includes(url.protocol)) throw new Error(`"${url.protocol}//" is not a SOCKS5 proxy`);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    ...(url.username !== '' && {
      userId: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    }),
  };
}
