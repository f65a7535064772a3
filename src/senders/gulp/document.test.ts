import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GulpManager } from '../../../test/support/gulp/manager.ts';
import { ingest, logIn } from '../../../test/support/gulp/client.ts';
import { createDocuments, type SourceEntry } from './document.ts';

const CURSOR = 's=1;i=2;b=3;m=4;t=64c0;x=5';
const options = { operationId: ' Op1 ', contextId: 'host1', sourceId: 'journalctl', sendsUnmapped: false };
const toDocument = createDocuments(options);

function entryOf(fields: Readonly<Record<string, unknown>>, own: Partial<SourceEntry> = {}): SourceEntry {
  return {
    line: JSON.stringify({ __CURSOR: CURSOR, ...fields }),
    cursor: CURSOR,
    realtimeUs: 1_763_680_000_123_456,
    ...own,
  };
}

function documentOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(toDocument(entryOf(fields))) as Record<string, unknown>;
}

const SSHD_ENTRY = {
  MESSAGE: 'Accepted publickey for root',
  PRIORITY: '6',
  SYSLOG_FACILITY: '10',
  SYSLOG_IDENTIFIER: 'sshd',
  SYSLOG_PID: '812',
  _HOSTNAME: 'web1',
  _MACHINE_ID: 'aa',
  _BOOT_ID: 'bb',
  _PID: '812',
  _COMM: 'sshd',
  _EXE: '/usr/sbin/sshd',
  _CMDLINE: 'sshd: root',
  TID: '813',
  _UID: '0',
  _GID: '0',
  _SYSTEMD_UNIT: 'sshd.service',
  _TRANSPORT: 'syslog',
  CODE_FILE: 'auth.c',
  CODE_LINE: '42',
  CODE_FUNC: 'accept',
  SOMETHING_ELSE: '12',
};

const SSHD_DOCUMENT = {
  '@timestamp': '1763680000123456',
  'gulp.operation_id': 'op1',
  'gulp.context_id': 'host1',
  'gulp.source_id': 'journalctl',
  'agent.type': 'journalbridge',
  'event.dataset': 'journald',
  'event.module': 'journald',
  'event.original': JSON.stringify({ __CURSOR: CURSOR, ...SSHD_ENTRY }),
  'event.id': CURSOR,
  'event.code': '6',
  'event.provider': 'syslog',
  message: 'Accepted publickey for root',
  'log.level': 'info',
  'log.syslog.severity.code': 6,
  'log.syslog.severity.name': 'info',
  'log.syslog.facility.code': 10,
  'log.syslog.facility.name': 'authpriv',
  'log.syslog.priority': 86,
  'log.syslog.appname': 'sshd',
  'log.syslog.procid': '812',
  'host.hostname': 'web1',
  'host.name': 'web1',
  'host.id': 'aa',
  'host.boot.id': 'bb',
  'process.pid': 812,
  'process.name': 'sshd',
  'process.executable': '/usr/sbin/sshd',
  'process.command_line': 'sshd: root',
  'process.thread.id': 813,
  'user.id': '0',
  'user.group.id': '0',
  'service.name': 'sshd.service',
  'log.origin.file.name': 'auth.c',
  'log.origin.file.line': 42,
  'log.origin.function': 'accept',
};

test('an entry becomes a document of the Elastic Common Schema', () => {
  assert.deepEqual(documentOf(SSHD_ENTRY), SSHD_DOCUMENT);
});

const odd: [string, Record<string, unknown>, string, unknown][] = [
  ['bytes become text', { MESSAGE: [104, 105, 255] }, 'message', 'hi\ufffd'],
  ['several values become one text', { MESSAGE: ['a', 'b'] }, 'message', 'a\nb'],
  ['a process id that is no number is left out', { _PID: '12x' }, 'process.pid', undefined],
  ['a process id beyond all numbers is left out', { _PID: '99999999999999999999' }, 'process.pid', undefined],
  ['two process ids are none', { _PID: ['1', '2'] }, 'process.pid', undefined],
  ['a priority that is none is left out', { PRIORITY: '9' }, 'log.level', undefined],
  ['an event code is a text', { PRIORITY: 3 }, 'event.code', '3'],
  ['an id of the message counts more than the priority', { PRIORITY: '3', MESSAGE_ID: 'ab' }, 'event.code', 'ab'],
  ['there is always an event code', {}, 'event.code', '0'],
  ['half a pair of surrogates is replaced', { MESSAGE: 'a\ud800' }, 'message', 'a\ufffd'],
  [
    'an entry that was too large says so',
    { error: 'too large message', partial_data: '{' },
    'message',
    'too large message',
  ],
  ['names that Gulp takes for its own do no harm', { timestamp: 'x', event_original: 'x' }, 'timestamp', undefined],
];

for (const [title, fields, key, wanted] of odd) {
  test(title, () => {
    const document = documentOf(fields);

    assert.deepEqual(document[key], wanted);
  });
}

test('an entry whose cursor was filtered out has it in event.original all the same', () => {
  const document = JSON.parse(toDocument(entryOf({}, { line: '{"MESSAGE":"m"}' }))) as Record<string, string>;

  assert.deepEqual(JSON.parse(document['event.original']!), { __CURSOR: CURSOR, MESSAGE: 'm' });
});

test('what has no place of its own is gulp.unmapped by option only', () => {
  const toUnmapped = createDocuments({ ...options, sendsUnmapped: true });

  const document = JSON.parse(toUnmapped(entryOf({ MESSAGE: 'm', FOO: '12', _PID: '1' }))) as Record<string, unknown>;

  assert.deepEqual(document['gulp.unmapped'], { FOO: '12' });
  assert.equal(documentOf({ FOO: '12' })['gulp.unmapped'], undefined);
});

test('Gulp stores whatever an entry may hold, and says so', async () => {
  await using manager = await GulpManager.start();
  manager.addOperation('op1');
  const token = await logIn(manager.url);
  const names = [
    'MESSAGE',
    '_PID',
    'PRIORITY',
    'TID',
    'CODE_LINE',
    'SYSLOG_FACILITY',
    '_UID',
    'FOO',
    'timestamp',
    'event_code',
    'MESSAGE_ID',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('12', '2025-01-01', 'true', '-1', '1e3', '\ud800', ''),
  );
  const value = fc.oneof(text, fc.array(text), fc.array(fc.nat(255)), fc.constant(null), fc.integer());
  const entries = fc.array(fc.dictionary(fc.constantFrom(...names), value), { minLength: 1, maxLength: 8 });
  let run = 0;

  await fc.assert(
    fc.asyncProperty(entries, async (all) => {
      run++;
      const chunk = all.map((fields, i) =>
        toDocument(entryOf(fields, { cursor: `s=${run};i=${i}`, realtimeUs: 1_763_680_000_000_000 + i })),
      );
      const { errors, data } = await ingest(
        manager.url,
        { token, operation: 'op1', requestId: `r${run}` },
        `[${chunk.join(',')}]`,
      );

      assert.deepEqual(errors, []);
      assert.equal(data.records_ingested + data.records_skipped, all.length);
    }),
    { numRuns: 60 },
  );
});
