import type { Exclusive } from '../sender-definition.ts';
import { statedAddress } from './bridge-address.ts';
import type { GulpOptions } from './options.ts';

/** What no other sender may share: the address of the control API, and the user, who has one session at a time. */
export function ownPlaces(own: GulpOptions): Exclusive[] {
  const login = `${own.user_id} at ${new URL(own.url_server).host}`;
  const places: Exclusive[] = [{ key: 'user_id', login }];
  if (own.bridge_url === undefined) return places;
  const key = own.listen === undefined ? 'bridge_url' : 'listen';
  return [{ key, listen: statedAddress(own) }, ...places];
}
