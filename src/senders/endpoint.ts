import type { TlsFiles } from './tls.ts';

/** Where a sender connects to, for whoever wants to find out why it cannot. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Undefined: the connection is not encrypted, or not from here on, as behind a proxy. */
  readonly tls?: TlsFiles | undefined;
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'ws:': 80, 'https:': 443, 'wss:': 443 };

/** The endpoint of an address; none when it cannot be understood. */
export function endpointsOf(address: string, tls: TlsFiles): Endpoint[] {
  const url = URL.parse(address);
  const usual = PORTS[url?.protocol ?? ''];
  if (url === null || usual === undefined) return [];
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return [{ host, port: url.port === '' ? usual : Number(url.port), tls: usual === 443 ? tls : undefined }];
}
