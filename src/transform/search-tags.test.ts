import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { geoipDatabase } from '../../test/support/geoip-database.ts';
import { openGeoIp } from './search-geoip.ts';
import { parseTagValue } from './search-tags.ts';

async function geoip() {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'geoip-'));
  const file = join(folder.path, 'city.mmdb');
  await writeFile(file, geoipDatabase(57.64911, 10.40744));
  return openGeoIp(file);
}

test('a text is itself, a number its digits', () => {
  assert.equal(parseTagValue('a b', undefined)(new Map()), 'a b');
  assert.equal(parseTagValue('', undefined)(new Map()), '');
  assert.equal(parseTagValue(1.5, undefined)(new Map()), '1.5');
});

test('makes a geohash of the address in another tag', async () => {
  const database = await geoip();
  const tags = new Map([['ip', '81.2.69.142']]);

  assert.equal(parseTagValue('ip_to_geohash(ip)', database)(tags), 'u4pruydq');
  assert.equal(parseTagValue(' ip_to_geohash( ip , 3 ) ', database)(tags), 'u4p');
});

test('there is no geohash for what is no address, not in the database or no tag', async () => {
  const valueOf = parseTagValue('ip_to_geohash(ip)', await geoip());

  for (const ip of ['203.0.113.7', 'localhost', '', '81.2.69']) assert.equal(valueOf(new Map([['ip', ip]])), undefined);
  assert.equal(valueOf(new Map()), undefined);
});

const bad = [
  ['ip_to_geohash', undefined],
  ['ip_to_geohash(', '"ip_to_geohash(" is no call of a function, as `ip_to_geohash(tag)` is'],
  ['a (b) c', '"a (b) c" is no call of a function, as `ip_to_geohash(tag)` is'],
  ['geo(ip)', '"geo" is no function; there is `ip_to_geohash`'],
  ['ip_to_geohash()', 'ip_to_geohash takes the name of a tag and a number of characters from 1 to 12, not ()'],
  ['ip_to_geohash(ip,0)', 'ip_to_geohash takes the name of a tag and a number of characters from 1 to 12, not (ip,0)'],
  ['ip_to_geohash(ip,x)', 'ip_to_geohash takes the name of a tag and a number of characters from 1 to 12, not (ip,x)'],
  [
    'ip_to_geohash(ip,1,2)',
    'ip_to_geohash takes the name of a tag and a number of characters from 1 to 12, not (ip,1,2)',
  ],
  ['ip_to_geohash(ip)', 'ip_to_geohash needs a GeoIP database: set `geoip_database` at the top level'],
] as const;

for (const [value, sentence] of bad) {
  test(`${JSON.stringify(value)} is ${sentence === undefined ? 'a text' : 'refused'}`, () => {
    if (sentence === undefined) assert.equal(parseTagValue(value, undefined)(new Map()), value);
    else assert.throws(() => parseTagValue(value, undefined), new Error(sentence));
  });
}

test('names the database that cannot be used', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'geoip-'));
  const file = join(folder.path, 'city.mmdb');

  assert.throws(() => openGeoIp(file), { message: new RegExp(`^${file} cannot be used as a GeoIP database: ENOENT`) });
  for (const content of ['', 'no database', '\xab\xcd\xefMaxMind.com']) {
    await writeFile(file, content, 'latin1');
    assert.throws(() => openGeoIp(file), { message: new RegExp(`^${file} cannot be used as a GeoIP database: `) });
  }
});
