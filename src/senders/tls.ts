import { createPrivateKey, X509Certificate } from 'node:crypto';
import { text } from '../config/dialect.ts';
import { messageOf, NotConnectedError } from '../errors.ts';
import { readSmallFile } from '../small-file.ts';

/** The options of every sender that speaks TLS; to be spread into its own. */
export const tlsOptions = {
  ca: text({
    description: "The PEM file with the certificate authorities to trust, in place of the system's.",
    reads: true,
  }),
  certfile: text({ description: 'The PEM file with the certificate that we show, its chain included.', reads: true }),
  keyfile: text({ description: 'The PEM file with the private key of `certfile`, unencrypted.', reads: true }),
};

/** Paths of PEM files. */
export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly certfile?: string | undefined;
  readonly keyfile?: string | undefined;
}

/** What `tls.connect` takes. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Reads the files, anew for each connection so that renewed certificates are used. Throws NotConnectedError. */
export async function readTls({ ca, certfile, keyfile }: TlsFiles): Promise<TlsMaterial> {
  const [caBytes, cert, key] = await Promise.all([
    readPem('ca', ca),
    readPem('certfile', certfile),
    readPem('keyfile', keyfile),
  ]);
  return { ...(caBytes && { ca: caBytes }), ...(cert && { cert }), ...(key && { key }) };
}

/** Why the files cannot be used as they are now; undefined when they can. */
export async function tlsTrouble(files: TlsFiles): Promise<string | undefined> {
  try {
    const material = await readTls(files);
    const stranger = strangeKey(files, material);
    if (stranger !== undefined) return stranger;
    const odd = noCertificate('ca', files.ca, material.ca) ?? noCertificate('certfile', files.certfile, material.cert);
    if (odd !== undefined) return odd;
    const { createSecureContext } = await import('node:tls'); // takes longer to load than all of this file
    createSecureContext(material);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** That a file holds something else: OpenSSL passes over it, or names no file. */
function noCertificate(option: string, path: string | undefined, bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    new X509Certificate(bytes);
    return undefined;
  } catch (error) {
    return `the file of "${option}", ${path!}, holds no certificate in PEM form (${messageOf(error)})`;
  }
}

/** That the key is of another certificate, in words that name both files; undefined when it is not, or cannot be read. */
function strangeKey({ certfile, keyfile }: TlsFiles, { cert, key }: TlsMaterial): string | undefined {
  if (cert === undefined || key === undefined) return undefined;
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return undefined;
  } catch {
    return undefined; // OpenSSL says what is wrong with which
  }
  return `the key in ${keyfile!} ("keyfile") does not belong to the certificate in ${certfile!} ("certfile"): put the two of one pair there`;
}

/** Why a pair of options cannot be used, for `SenderDefinition.faults`. */
export function tlsFaults({ certfile, keyfile }: TlsFiles): { key: string; message: string }[] {
  if ((certfile === undefined) === (keyfile === undefined)) return [];
  const [key, other] = certfile === undefined ? ['keyfile', 'certfile'] : ['certfile', 'keyfile'];
  return [{ key, message: `needs "${other}" beside it` }];
}

/** What is given for TLS though a connection does without it, for `SenderDefinition.doubts`; `remedy` switches it on. */
export function pointlessTls(files: TlsFiles, remedy: string): { key: string; message: string }[] {
  const given = (['ca', 'certfile', 'keyfile'] as const).filter((key) => files[key] !== undefined);
  return given.map((key) => ({ key, message: `has no effect: the connection is not encrypted; ${remedy}` }));
}

async function readPem(option: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readSmallFile(path, `the file of "${option}", ${path},`);
  } catch (error) {
    throw new NotConnectedError(messageOf(error), { cause: error });
  }
}
