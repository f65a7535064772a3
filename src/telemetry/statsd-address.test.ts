import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeAddress, statsdAddress, type StatsdConfig } from './statsd-address.ts';

const cases: readonly (readonly [config: StatsdConfig | undefined, address: string, kind: string])[] = [
  [{ host: '10.0.0.1', port: 9125 }, '10.0.0.1:9125', 'ip'],
  [{ host: 'fe80::1%eth0', port: 1 }, '[fe80::1%eth0]:1', 'ip'],
  [{ host: '[::1]', port: 1 }, '[::1]:1', 'ip'],
  [{ host: 'statsd.example', port: 1 }, 'statsd.example:1', 'name'],
  [{ path: '/run/statsd.sock' }, '/run/statsd.sock', 'socket'],
];

for (const [config, address, kind] of cases) {
  test(`metrics of ${JSON.stringify(config)} go to ${address}, a(n) ${kind}`, () => {
    const found = statsdAddress(config)!;

    assert.equal(describeAddress(found), address);
    assert.equal(found.kind, kind);
  });
}

for (const config of [undefined, {}, { host: '::1' }, { port: 8125 }, { prefix: 'p.', tags: { a: 'b' } }]) {
  test(`metrics of ${JSON.stringify(config)} go nowhere`, () => {
    assert.equal(statsdAddress(config), undefined);
  });
}
