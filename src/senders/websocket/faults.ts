import { messageOf } from '../../errors.ts';
import { parseProxy } from '../socks5.ts';
import { tlsFaults } from '../tls.ts';
import type { WebsocketOptions } from './options.ts';

interface Fault {
  readonly key: string;
  readonly message: string;
}

/** What is wrong between or within options in a way that no schema tells. */
export function faultsOf(options: WebsocketOptions): Fault[] {
  const { websocket_uri, socks5_proxy, token, jwt } = options;
  const faults = [...uriFaults(websocket_uri), ...tlsFaults(options)];
  if (token !== undefined && jwt !== undefined) faults.push({ key: 'jwt', message: 'cannot be used beside "token"' });
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    faults.push({ key: 'token', message: 'must be one line of printable ASCII without spaces' });
  if (socks5_proxy !== undefined) {
    try {
      parseProxy(socks5_proxy);
    } catch (error) {
      faults.push({ key: 'socks5_proxy', message: messageOf(error) });
    }
  }
  return faults;
}

function uriFaults(text: string): Fault[] {
  const uri = URL.parse(text);
  const fault = (message: string): Fault[] => [{ key: 'websocket_uri', message }];
  if (uri === null && /^wss?:/i.test(text))
    return fault('must be an address such as "wss://logs.example.org:8443/path" (ports go up to 65535)');
  if (uri === null || !['ws:', 'wss:'].includes(uri.protocol)) return fault('must begin with "ws://" or "wss://"');
  if (uri.hash !== '') return fault('must have no "#"');
  if (uri.username !== '' || uri.password !== '') return fault('must hold no login; use "token" or "jwt"');
  return [];
}
