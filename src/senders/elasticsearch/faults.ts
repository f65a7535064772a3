import { messageOf } from '../../errors.ts';
import { parseTemplate } from '../template.ts';
import { pointlessTls, tlsFaults } from '../tls.ts';
import type { Engine, SearchOptions } from './options.ts';

interface Fault {
  readonly key: string;
  readonly message: string;
}

/** What is wrong between or within options in a way that no schema tells; never with a part of a secret. */
export function faultsOf(engine: Engine, options: SearchOptions): Fault[] {
  return [
    ...addressFaults(`${engine}_url`, options),
    ...loginFaults(options),
    ...tlsFaults(options),
    ...destinationFaults(options),
  ];
}

/** What is right but comes to nothing. */
export function doubtsOf(engine: Engine, options: SearchOptions): Fault[] {
  const isPlain = [options.url].flat().every((address) => /^http:/i.test(address));
  return isPlain ? pointlessTls(options, `let "${engine}_url" begin with "https://"`) : [];
}

function addressFaults(key: string, { url }: SearchOptions): Fault[] {
  const faults = [url].flat().map(addressFault);
  return faults.filter((message) => message !== undefined).map((message) => ({ key, message }));
}

function addressFault(address: string): string | undefined {
  if (!URL.canParse(address))
    return 'must be an address such as "https://search.example.org:9200" (ports go up to 65535)';
  const { protocol, search, hash, username, password } = new URL(address);
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with "http://" or "https://"';
  if (search !== '' || hash !== '') return 'must end with the path: nothing behind "?" or "#" is sent';
  try {
    decodeURIComponent(username + password);
  } catch {
    return 'has a "%" in its user or password that begins no code such as "%40"; write it as "%25"';
  }
  return undefined;
}

function loginFaults({ api_key, user, password, url }: SearchOptions): Fault[] {
  if ((user === undefined) !== (password === undefined)) {
    const [key, other] = user === undefined ? ['password', 'user'] : ['user', 'password'];
    return [{ key, message: `needs "${other}" beside it` }];
  }
  const isInAddress = [url].flat().some((address) => URL.canParse(address) && new URL(address).username !== '');
  if (api_key === undefined || (user === undefined && !isInAddress)) return [];
  return [{ key: 'api_key', message: 'and a user with a password exclude each other: give one of them' }];
}

function destinationFaults({ index, data_stream }: SearchOptions): Fault[] {
  if (index !== undefined && typeof data_stream === 'string')
    return [{ key: 'data_stream', message: 'names the data stream, so "index" cannot name it, too; give one of them' }];
  if (data_stream === false && index === undefined) return [];
  return Object.entries({ index, data_stream }).flatMap(([key, template]) =>
    typeof template === 'string' ? nameFault(template).map((message) => ({ key, message })) : [],
  );
}

/** Whether names can come of a template: with a value in its places that is fit for any. */
function nameFault(template: string): string[] {
  try {
    const parsed = parseTemplate(template);
    const name = parsed.render(
      parsed.fields.map(() => 'x'),
      0,
      () => 'x',
    );
    if (name !== name.toLowerCase()) return ['must be in lower case outside of its fields, as names of indices are'];
    const bad = /[\s\\/*?"<>|,#:]/.exec(name)?.[0];
    if (bad !== undefined) return [`must not have ${JSON.stringify(bad)} in it: names of indices have none`];
    if (/^[-_+.]/.test(name)) return ['must not begin with "-", "_", "+" or ".": names of indices do not'];
    return Buffer.byteLength(name) > 200 ? ['must not be longer than 200 bytes'] : [];
  } catch (error) {
    return [messageOf(error)];
  }
}
