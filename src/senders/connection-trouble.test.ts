import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { describeConnectionTrouble } from './connection-trouble.ts';

const coded = (code: string, message = code): Error => Object.assign(new Error(message), { code });

for (const { what, error, wanted } of [
  { what: 'a known code', error: coded('ENOTFOUND'), wanted: /no such host name/ },
  { what: 'a cause', error: new Error('fetch failed', { cause: coded('ECONNREFUSED') }), wanted: /nothing listens/ },
  { what: 'several addresses', error: new AggregateError([coded('CERT_HAS_EXPIRED')], ''), wanted: /has expired/ },
  { what: 'an unknown code', error: coded('E_ODD', 'odd thing'), wanted: /^odd thing$/ },
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
