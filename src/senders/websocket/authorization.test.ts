import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { authorize } from './authorization.ts';

for (const expires_in of [2, 3600]) {
  test(`a token that is good for ${expires_in} s is made anew before it expires`, async () => {
    const jwt = { secret: 's'.repeat(32), algorithm: 'HS256', claims: { sub: 'host1' }, expires_in } as const;

    const { header, renewAtMs } = await authorize({ token: undefined, jwt });

    const { iat = 0, exp = 0, sub } = decodeJwt(header!.replace('Bearer ', ''));
    assert.equal(sub, 'host1');
    assert.equal(exp - iat, expires_in);
    assert.ok(renewAtMs < exp * 1000 && renewAtMs > iat * 1000);
  });
}
