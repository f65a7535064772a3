import { isInstalled, lackOf } from '../../test/support/requirements.ts';

const aptGet = { package: 'apt', proof: 'apt-get', purpose: 'fetching peers' };

/** Why other shippers cannot be run here; undefined if they can. */
export function lackOfPeers(): string | undefined {
  return (
    lackOf('mount namespaces') ??
    lackOf('systemd-journal-remote') ??
    (isInstalled(aptGet) ? undefined : 'apt-get is missing')
  );
}
