import { messageOf } from '../errors.ts';

const UNTRUSTED = 'its certificate is signed by nobody we trust; "ca" can name the authority\'s PEM file';
const NO_TLS = 'it does not speak TLS at this port';
const OLD_TLS = 'it speaks no version of TLS that is secure';
const BAD_CERTIFICATE = 'it does not accept our certificate, or wants one ("certfile" and "keyfile")';

/** What the codes of system, DNS and TLS errors mean for whoever reads a log. */
const SENTENCES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host name in the DNS',
  EAI_AGAIN: 'the DNS gave no answer',
  ECONNREFUSED: 'the connection was refused: nothing listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'the network cannot be reached',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; compare the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a client certificate ("certfile" and "keyfile")',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it refused the TLS handshake; it may want a client certificate',
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': 'it refused the TLS handshake; it may want a client certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: BAD_CERTIFICATE,
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE': BAD_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust the authority of our certificate',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: OLD_TLS,
  ERR_SSL_UNSUPPORTED_PROTOCOL: OLD_TLS,
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: '"keyfile" is not the key of "certfile"',
  ERR_OSSL_PEM_NO_START_LINE: 'the file of "certfile" holds no certificate in PEM',
  ERR_OSSL_UNSUPPORTED: 'the file of "keyfile" holds no private key in PEM without a passphrase',
  ERR_OSSL_BAD_DECRYPT: 'the key in the file of "keyfile" is encrypted; it has to be without a passphrase',
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED:
    'the key in the file of "keyfile" is encrypted; it has to be without a passphrase',
  ERR_SSL_EE_KEY_TOO_SMALL: 'the key of "certfile" is too short to be secure',
  ERR_SSL_CA_MD_TOO_WEAK: 'the certificate in "certfile" is signed in a way that is not secure any more',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP at this port',
};

/** What OpenSSL says in the text of an EPROTO: the code is lost when a write is the first to meet the error. */
const PROTOCOL_SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/wrong version number|packet length too long|http request/, NO_TLS],
  [/alert (certificate required|handshake failure)/, 'it refused the TLS handshake; it may want a client certificate'],
  [/alert bad certificate/, BAD_CERTIFICATE],
  [/alert unknown ca/, 'it does not trust the authority of our certificate'],
  [/alert protocol version|unsupported protocol/, OLD_TLS],
];

const MAX_DEPTH = 8;

/** A phrase for why a connection failed, from the first error in the chain of causes whose code is known. */
export function describeConnectionTrouble(error: unknown): string {
  for (const link of chainOf(error, MAX_DEPTH)) {
    const code = codeOf(link);
    if (code !== undefined && Object.hasOwn(SENTENCES, code)) return SENTENCES[code]!;
    if (code === 'EPROTO') return describeProtocolError(messageOf(link));
  }
  return messageOf(error);
}

function describeProtocolError(text: string): string {
  const known = PROTOCOL_SENTENCES.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  // Such as `write EPROTO 4033BCE5507F0000:error:0A000410:SSL routines:ssl3_read_bytes:REASON:../deps/…:918:…`.
  const reason = /:error:[^:]*:[^:]*:[^:]*:([^:\n]+)/.exec(text)?.[1];
  return `the TLS handshake failed${reason === undefined ? '' : `: ${reason}`}`;
}

/** The error and what caused it; an AggregateError (several addresses tried) stands for its first. */
function chainOf(error: unknown, depth: number): unknown[] {
  if (depth === 0 || typeof error !== 'object' || error === null) return [];
  const causes = error instanceof AggregateError ? error.errors.slice(0, 1) : [];
  if ('cause' in error) causes.push(error.cause);
  return [error, ...causes.flatMap((cause) => chainOf(cause, depth - 1))];
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
