import type { ConfigFault } from '../errors.ts';

/** A fault of the config as a whole, such as an unknown key, with the file as its place. */
export function placed(fault: ConfigFault, file: string): ConfigFault {
  if (fault.path !== '' || fault.message.startsWith(`${file}: `)) return fault;
  return { path: '', message: `${file}: ${fault.message}` };
}
