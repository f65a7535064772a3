import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { describeConnectionTrouble } from './connection-trouble.ts';

const coded = (code: string, message = code): Error => Object.assign(new Error(message), { code });

/** As Node gives it when a write is the first to meet what went wrong. */
const eproto = (reason: string): Error =>
  coded(
    'EPROTO',
    `write EPROTO 4033BCE5507F0000:error:0A000410:SSL routines:ssl3_read_bytes:${reason}:../deps/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number 40\n`,
  );

for (const { what, error, wanted } of [
  { what: 'a known code', error: coded('ENOTFOUND'), wanted: /no such host name/ },
  { what: 'a cause', error: new Error('fetch failed', { cause: coded('ECONNREFUSED') }), wanted: /nothing listens/ },
  { what: 'several addresses', error: new AggregateError([coded('CERT_HAS_EXPIRED')], ''), wanted: /has expired/ },
  { what: 'an unknown code', error: coded('E_ODD', 'odd thing'), wanted: /^odd thing$/ },
  { what: 'the text of a TLS error', error: eproto('ssl/tls alert handshake failure'), wanted: /client certificate$/ },
  {
    what: 'the text of an old TLS',
    error: eproto('tlsv1 alert protocol version'),
    wanted: /^it speaks no version of TLS/,
  },
  { what: 'the text of no TLS', error: eproto('wrong version number'), wanted: /^it does not speak TLS at this port$/ },
  { what: 'the reason of any TLS error', error: eproto('odd'), wanted: /^the TLS handshake failed: odd$/ },
  { what: 'no error', error: 'text', wanted: /^text$/ },
]) {
  test(`tells trouble by ${what}`, () => {
    assert.match(describeConnectionTrouble(error), wanted);
  });
}

test('a chain of causes that closes on itself ends', () => {
  const error = new Error('round');
  error.cause = error;

  assert.equal(describeConnectionTrouble(error), 'round');
});

test('what the system says of a closed port is told in words', async () => {
  const error = await new Promise((resolve) => connect({ port: 1, host: '127.0.0.1' }).on('error', resolve));

  assert.match(describeConnectionTrouble(error), /nothing listens there/);
});

for (const { what, cert, key, wanted } of [
  { what: 'no certificate', cert: 'garbage', key: 'garbage', wanted: /"certfile" holds no certificate/ },
  { what: 'no key', cert: undefined, key: 'garbage', wanted: /"keyfile" holds no private key/ },
  { what: 'an encrypted key', cert: undefined, key: encryptedKey(), wanted: /without a passphrase/ },
]) {
  test(`a file that holds ${what} is told in words`, () => {
    const use = (): unknown => createSecureContext({ key, ...(cert !== undefined && { cert }) });

    assert.throws(use, (error: Error) => wanted.test(describeConnectionTrouble(error)) || assert.fail(error));
  });
}

function encryptedKey(): string {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pass' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
}
