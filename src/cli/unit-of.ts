import { basename } from 'node:path';

/** The service that runs with a config: `journalbridge@NAME.service` for another one than `journalbridge.json`. */
export function unitOf(configPath: string): string {
  const name = basename(configPath).replace(/\.json$/, '');
  const isInstance = /^\/etc\/journalbridge\/[^/]+$/.test(configPath) && name !== 'journalbridge';
  return isInstance ? `journalbridge@${name}.service` : 'journalbridge.service';
}
