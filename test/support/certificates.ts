import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** PEM files of an authority, and of a server and a client that it has signed. */
export interface Certificates {
  readonly ca: string;
  readonly server: CertificateFiles;
  readonly client: CertificateFiles;
  /** Another authority, which has signed nothing here. */
  readonly otherCa: string;
}

export interface CertificateFiles {
  readonly certfile: string;
  readonly keyfile: string;
}

const openssl = promisify(execFile);
const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes them in the folder, the server's for `localhost` and 127.0.0.1. Takes `need(t, 'openssl')`. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const [ca, otherCa] = await Promise.all([makeAuthority(folder, 'ca'), makeAuthority(folder, 'other-ca')]);
  const [server, client] = await Promise.all([makeSigned(folder, 'server'), makeSigned(folder, 'client')]);
  return { ca, otherCa, server, client };
}

async function makeAuthority(folder: string, name: string): Promise<string> {
  const pem = join(folder, `${name}.pem`);
  const out = ['-keyout', join(folder, `${name}.key`), '-out', pem];
  await openssl('openssl', ['req', '-x509', ...key, ...out, '-days', '3650', '-subj', `/CN=${name}`]);
  return pem;
}

/** Makes one that the authority in the folder has signed, in place of an earlier one of that name, for another common name. */
export async function makeSigned(folder: string, name: string, commonName = name): Promise<CertificateFiles> {
  const [certfile, keyfile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const [request, extensions] = [join(folder, `${name}.csr`), join(folder, `${name}.ext`)];
  await openssl('openssl', ['req', ...key, '-keyout', keyfile, '-out', request, '-subj', `/CN=${commonName}`]);
  await writeFile(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n');
  const authority = ['-CA', join(folder, 'ca.pem'), '-CAkey', join(folder, 'ca.key')];
  const sign = ['x509', '-req', '-in', request, ...authority, '-days', '3650', '-extfile', extensions];
  // each with a serial number of its own: both are signed at the same time
  await openssl('openssl', [...sign, '-set_serial', name === 'server' ? '1' : '2', '-out', certfile]);
  return { certfile, keyfile };
}
