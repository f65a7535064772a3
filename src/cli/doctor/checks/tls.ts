import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { describeConnectionTrouble } from '../../../senders/connection-trouble.ts';
import { readTls } from '../../../senders/tls.ts';
import { within } from '../../../within.ts';
import { fail, ok, warn, type Finding } from '../check.ts';
import { destinationsOf, type Destination } from '../endpoints.ts';
import type { Facts } from '../facts.ts';

const LIMIT_MS = 5000;
const DAY_MS = 86_400_000;
/** Whoever renews by a timer has done so by then. */
const SOON_DAYS = 21;

/** Whether the certificates are trusted, fit the name, and how long they last: theirs and ours. */
export async function lookAtCertificates(facts: Facts): Promise<Finding[]> {
  const encrypted = destinationsOf(facts).filter(({ tls }) => tls !== undefined);
  const own = encrypted.flatMap(({ tls }) => [tls?.certfile, tls?.ca].filter((path) => path !== undefined));
  const findings = await Promise.all([
    ...encrypted.map(shakeHands),
    ...[...new Set(own)].map(async (path) => [await lookAtFile(path)]),
  ]);
  return findings.flat();
}

async function shakeHands({ host, port, address, tls }: Destination): Promise<Finding[]> {
  const name = isIP(host) === 0 ? { servername: host } : {};
  try {
    const material = await readTls(tls ?? {});
    return await within(LIMIT_MS, async (signal) => {
      // Untrusted ones are looked at, too: nothing is sent.
      const socket = connect({ host, port, ...name, ...material, rejectUnauthorized: false });
      try {
        await once(socket, 'secureConnect', { signal });
        return [judge(address, socket.authorizationError, chainOf(socket.getPeerCertificate(true)))];
      } finally {
        socket.on('error', () => undefined).destroy();
      }
    });
  } catch (error) {
    if (isUnreachable(error)) return []; // told where ports are tried
    return [fail(address, describeConnectionTrouble(error))];
  }
}

function judge(address: string, trouble: Error | string | null, chain: readonly DetailedPeerCertificate[]): Finding {
  const last = chain.reduce((min, { valid_to }) => Math.min(min, Date.parse(valid_to)), Infinity);
  if (last <= Date.now()) return fail(address, `a certificate of it has expired on ${dayOf(last)}`, 'renew it there');
  if (trouble) {
    const code = typeof trouble === 'string' ? trouble : (trouble as NodeJS.ErrnoException).code;
    return fail(address, describeConnectionTrouble(Object.assign(new Error(String(trouble)), { code })));
  }
  return judgeEnd(address, last, `trusted, ${chain.length} in its chain`, 'have it renewed there');
}

async function lookAtFile(path: string): Promise<Finding> {
  try {
    const pem = await readFile(path, 'utf8');
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (certificates.length === 0) return fail(path, 'there is no PEM certificate in it');
    const ends = certificates.map((text) => Date.parse(new X509Certificate(text).validTo));
    return judgeEnd(path, Math.min(...ends), `${certificates.length} in it`, 'renew it');
  } catch (error) {
    return fail(path, `it cannot be read: ${describeConnectionTrouble(error)}`, 'check its path and mode');
  }
}

function judgeEnd(subject: string, endMs: number, what: string, remedy: string): Finding {
  const days = Math.floor((endMs - Date.now()) / DAY_MS);
  const text = `${what}, good until ${dayOf(endMs)}, ${days} days`;
  if (endMs <= Date.now()) return fail(subject, `it has expired on ${dayOf(endMs)}`, remedy);
  return days < SOON_DAYS ? warn(subject, text, `it expires soon: ${remedy}`) : ok(subject, text);
}

/** The certificate and those above it; the topmost is its own issuer. */
function chainOf(first: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain = new Map<string, DetailedPeerCertificate>();
  for (let next = first; isCertificate(next) && !chain.has(next.fingerprint256); next = next.issuerCertificate)
    chain.set(next.fingerprint256, next);
  return [...chain.values()];
}

/** A chain that is not whole ends with nothing, and a peer without a certificate has an empty one. */
function isCertificate(value: DetailedPeerCertificate | undefined): boolean {
  return value !== undefined && 'valid_to' in value;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function isUnreachable(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'].includes(String(code));
}
