import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf } from '../../test/support/block-of.ts';
import { ByteWriter } from './byte-writer.ts';
import { Encoder } from './encode.ts';
import type { EncoderOptions } from './encoder-options.ts';

const entry = {
  __REALTIME_TIMESTAMP: '1767225600001000',
  MESSAGE: 'one\ntwo\u001b[0m\tthree',
  PRIORITY: '3',
  SYSLOG_FACILITY: '3',
  SYSLOG_IDENTIFIER: 'sshd',
  _HOSTNAME: 'web',
  _PID: '7',
  COLOUR: 'red',
};

function lineOf(options: Partial<EncoderOptions>, fields: Readonly<Record<string, string>> = entry): string {
  const out = new ByteWriter();
  new Encoder({ format: 'text', extraFields: {}, maxEntryBytes: 4096, ...options }).encode(blockOf(fields), 0, out);
  return out.bytes.toString('utf8', 0, out.length);
}

for (const { title, options, fields, line } of [
  {
    title: 'text is a line of journalctl, control characters escaped',
    options: {},
    line: '2026-01-01T00:00:00.001000+0000 web sshd[7]: one\\ntwo\\x1b[0m\tthree\n',
  },
  {
    title: 'text takes the time at which the program logged, and a name if there is none',
    options: {},
    fields: { __REALTIME_TIMESTAMP: '5', _SOURCE_REALTIME_TIMESTAMP: '1767225600000001', MESSAGE: 'm' },
    line: '2026-01-01T00:00:00.000001+0000 unknown: m\n',
  },
  {
    title: 'text has nothing that the field filter removes',
    options: { fieldFilter: { type: 'blacklist', fields: ['MESSAGE'] } } as const,
    line: '2026-01-01T00:00:00.001000+0000 web sshd[7]: \n',
  },
  {
    title: 'a template is filled in with fields, extra fields and the time',
    options: {
      format: 'template',
      lineTemplate: '{timestamp} %Y {_HOSTNAME} {site} {NONE:-} {{x}}',
      extraFields: { site: 'b' },
    } as const,
    line: '2026-01-01T00:00:00.001000Z 2026 web b - {x}\n',
  },
]) {
  test(title, () => {
    assert.equal(lineOf(options, fields), line);
  });
}

test('ecs has the names of the Elastic Common Schema, and the rest below journald', () => {
  assert.deepEqual(JSON.parse(lineOf({ format: 'ecs', extraFields: { labels: { a: 1 } } })), {
    '@timestamp': '2026-01-01T00:00:00.001000Z',
    ecs: { version: '8.17.0' },
    event: { kind: 'event', id: 'c' },
    message: entry.MESSAGE,
    host: { hostname: 'web', name: 'web' },
    process: { pid: 7 },
    log: {
      level: 'err',
      syslog: {
        appname: 'sshd',
        severity: { code: 3, name: 'Error' },
        facility: { code: 3, name: 'daemon' },
        priority: 27,
      },
    },
    journald: { colour: 'red' },
    labels: { a: 1 },
  });
});

test('an entry that is too large has a stub in every format', () => {
  const fields = { ...entry, MESSAGE: 'x'.repeat(9000) };
  assert.match(lineOf({}, fields), /x\.\.\. \(too large message \d{4} bytes\)\n$/);
  assert.match(
    lineOf({ format: 'ecs' }, fields),
    /"error":\{"message":"too large message \d{4} bytes vs maximum 4096 bytes"\}/,
  );
});
