import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf, type EntryFields } from '../../test/support/block-of.ts';
import { ByteWriter } from './byte-writer.ts';
import { Encoder } from './encode.ts';

type Tree = Readonly<Record<string, unknown>>;

function treeOf(fields: EntryFields): Tree {
  const out = new ByteWriter();
  const encoder = new Encoder({ format: 'ecs', extraFields: {}, maxEntryBytes: 1 << 20 });
  encoder.encode(blockOf({ __REALTIME_TIMESTAMP: '1767225600000001', ...fields }), 0, out);
  return JSON.parse(out.bytes.toString('utf8', 0, out.length)) as Tree;
}

/** The value at a name such as `process.thread.id`. */
const at = (tree: Tree, name: string): unknown =>
  name.split('.').reduce<unknown>((value, key) => (value as Tree | undefined)?.[key], tree);

/** The field of the journal and its value, the name in the reference of ECS 8.17, and the value in the type given there. */
const table: readonly (readonly [field: string, value: string, name: string, expected: unknown])[] = [
  ['MESSAGE', 'größe\nzwei', 'message', 'größe\nzwei'],
  ['__SEQNUM', '77', 'event.sequence', 77],
  ['MESSAGE_ID', 'fc2e22bc6ee647b6b90729ab34a250b1', 'event.code', 'fc2e22bc6ee647b6b90729ab34a250b1'],
  ['_SOURCE_REALTIME_TIMESTAMP', '1767225600123450', 'event.created', '2026-01-01T00:00:00.123450Z'],
  ['_HOSTNAME', 'web', 'host.hostname', 'web'],
  ['_HOSTNAME', 'web', 'host.name', 'web'],
  ['_MACHINE_ID', 'abc', 'host.id', 'abc'],
  ['_BOOT_ID', 'def', 'host.boot.id', 'def'],
  ['_PID', '42', 'process.pid', 42],
  ['TID', '43', 'process.thread.id', 43],
  ['_COMM', 'sshd', 'process.name', 'sshd'],
  ['_EXE', '/usr/sbin/sshd', 'process.executable', '/usr/sbin/sshd'],
  ['_CMDLINE', 'sshd -D', 'process.command_line', 'sshd -D'],
  ['_UID', '0', 'user.id', '0'],
  ['_GID', '0', 'user.group.id', '0'],
  ['_SYSTEMD_UNIT', 'ssh.service', 'service.name', 'ssh.service'],
  ['SYSLOG_IDENTIFIER', 'sshd', 'log.syslog.appname', 'sshd'],
  ['SYSLOG_PID', '9', 'log.syslog.procid', '9'],
  ['SYSLOG_MSGID', 'ID47', 'log.syslog.msgid', 'ID47'],
  ['PRIORITY', '3', 'log.level', 'err'],
  ['PRIORITY', '3', 'log.syslog.severity.code', 3],
  ['PRIORITY', '4', 'log.syslog.severity.name', 'Warning'],
  ['SYSLOG_FACILITY', '10', 'log.syslog.facility.code', 10],
  ['SYSLOG_FACILITY', '10', 'log.syslog.facility.name', 'authpriv'],
  ['CODE_FILE', 'src/a.c', 'log.origin.file.name', 'src/a.c'],
  ['CODE_LINE', '12', 'log.origin.file.line', 12],
  ['CODE_FUNC', 'main', 'log.origin.function', 'main'],
  ['ERRNO', '2', 'error.code', '2'],
  ['CONTAINER_ID_FULL', 'c0ffee', 'container.id', 'c0ffee'],
  ['CONTAINER_NAME', 'db', 'container.name', 'db'],
  ['IMAGE_NAME', 'postgres:16', 'container.image.name', 'postgres:16'],
  ['COLOUR', 'red', 'journald.colour', 'red'],
  ['_TRANSPORT', 'stdout', 'journald.transport', 'stdout'],
  ['PRIORITY', 'high', 'log.level', undefined],
  ['PRIORITY', 'high', 'journald.priority', 'high'],
  ['SYSLOG_FACILITY', '99', 'log.syslog.facility', undefined],
  ['SYSLOG_FACILITY', '99', 'journald.syslog_facility', '99'],
  ['CODE_LINE', '12a', 'log.origin', undefined],
  ['CODE_LINE', '12a', 'journald.code_line', '12a'],
];

for (const [field, value, name, expected] of table) {
  test(`${field}=${JSON.stringify(value)} ${expected === undefined ? 'does not become' : 'becomes'} ${name}`, () => {
    const tree = treeOf({ [field]: value });

    assert.deepEqual(at(tree, name), expected);
    assert.equal(tree['@timestamp'], '2026-01-01T00:00:00.000001Z');
  });
}

test('severity and facility together are the priority of a syslog message', () => {
  assert.equal(at(treeOf({ PRIORITY: '6', SYSLOG_FACILITY: '3' }), 'log.syslog.priority'), 30);
});

test('no field makes an object where another one has a value', () => {
  const fields = Object.fromEntries(table.toReversed().map(([field, value]) => [field, value]));

  const tree = treeOf(fields);

  for (const [field, value, name, expected] of table) {
    if (fields[field] === value && expected !== undefined) assert.deepEqual(at(tree, name), expected, name);
  }
});

test('of a repeated field the first value has the name, and all of them are below journald', () => {
  const tree = treeOf({ MESSAGE: ['one', 'two'], ERRNO: ['2', '5'] });

  assert.equal(tree['message'], 'one');
  assert.equal(at(tree, 'error.code'), '2');
  assert.deepEqual(tree['journald'], { message: ['one', 'two'], errno: ['2', '5'] });
});

for (const padding of ['', 'x']) {
  test(`the stub of an entry that is too large ends with a whole character (${padding.length} before)`, () => {
    const tree = treeOf({ MESSAGE: padding + '😀'.repeat(1 << 19) });

    assert.match(at(tree, 'error.message') as string, /^too large message/);
    assert.ok((tree['message'] as string).isWellFormed());
  });
}
