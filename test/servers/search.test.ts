import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AuthenticationError, NotConnectedError } from '../../src/errors.ts';
import { makeCertificates } from '../support/certificates.ts';
import { need } from '../support/need.ts';
import { headedBatch, makeSender, messages } from '../support/search-sender.ts';
import { SearchServer } from '../support/search-server.ts';
import { openSearchBed, RELEASES } from './search-bed.ts';
import { faults } from './search-faults.ts';
import { refusals } from './search-refusals.ts';
import { storing } from './search-storing.ts';

const { signal } = new AbortController();

for (const release of RELEASES) {
  test(release, { timeout: 1_200_000 }, async (t) => {
    if (!need(t, release)) return;
    await using bed = await openSearchBed(release);
    for (const { title, isFor, run } of [...storing, ...refusals, ...faults]) {
      if (isFor?.(bed) ?? true) await t.test(title, (each) => run(each, bed));
    }
  });
}

test('TLS with an authority of our own, and logins: what is wrong is told', { timeout: 600_000 }, async (t) => {
  if (!need(t, 'elasticsearch', 'openssl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tls-'));
  const { ca, otherCa, server: own, client } = await makeCertificates(folder.path);
  await using server = await SearchServer.start('elasticsearch', {
    users: { 'us@er': 'pa:ss/word', nobody: 'secret' },
    tls: { ...own, ca },
  });
  const login = { user: 'us@er', password: 'pa:ss/word' };
  const url = server.url;
  const attempt = async (options: object): Promise<void> => {
    const { sender } = await makeSender('elasticsearch', { elasticsearch_url: url, ca, ...login, ...options });
    await using _ = sender;
    await sender.connect(signal);
    await sender.send(headedBatch(messages('a')), signal);
  };

  await attempt({});
  await attempt(client);
  await attempt({
    user: undefined,
    password: undefined,
    elasticsearch_url: url.replace('//', '//us%40er:pa%3Ass%2Fword@'),
  });
  assert.equal(await server.count('journalpump-*'), 1);
  for (const { options, kind, message } of [
    { options: { ca: otherCa }, kind: NotConnectedError, message: /signed by nobody we trust/ },
    { options: { ca: undefined }, kind: NotConnectedError, message: /signed by nobody we trust/ },
    {
      options: { elasticsearch_url: url.replace('https', 'http') },
      kind: NotConnectedError,
      message: /closed|reset|TLS/,
    },
    {
      options: { elasticsearch_url: url.replace('127.0.0.1', '127.0.0.2') },
      kind: NotConnectedError,
      message: /refused|another name/,
    },
    { options: { password: 'wrong' }, kind: AuthenticationError, message: /does not accept our login/ },
    { options: { user: 'nobody', password: 'secret' }, kind: AuthenticationError, message: /lacks a privilege/ },
  ]) {
    await assert.rejects(attempt(options), (error) => {
      assert.ok(error instanceof kind, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /pa:ss|secret/);
      return true;
    });
  }
});
