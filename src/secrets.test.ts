import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepSecret, withoutSecrets } from './secrets.ts';

test('a secret is hidden as it stands, in JSON and in an address', () => {
  keepSecret('p"ss w/rd');

  const text = withoutSecrets('p"ss w/rd, {"x":"p\\"ss w/rd"}, http://u:p%22ss%20w%2Frd@h/');

  assert.equal(text, '(secret), {"x":"(secret)"}, http://u:(secret)@h/');
});

test('one that another begins with does not show the rest of it', () => {
  keepSecret('abcd');
  keepSecret('abcdefgh');

  assert.equal(withoutSecrets('abcdefgh abcd'), '(secret) (secret)');
});

test('a short one is hidden where it stands alone, if it is declared a secret', () => {
  keepSecret('x.y', true);
  keepSecret('7z');

  assert.equal(
    withoutSecrets('login x.y refused, not ax.yb and xay; 7z'),
    'login (secret) refused, not ax.yb and xay; 7z',
  );
});

test('what reloads have brought long ago is forgotten, what they bring again is not', () => {
  for (let n = 0; n < 10_000; n++) {
    keepSecret(`secret-of-reload-${n}-`);
    keepSecret('always-the-same');
  }

  assert.equal(withoutSecrets('secret-of-reload-0-'), 'secret-of-reload-0-');
  assert.equal(withoutSecrets('secret-of-reload-9999- always-the-same'), '(secret) (secret)');
});
