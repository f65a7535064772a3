import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { parseExport, valueOf } from './export-stream.ts';
import { Journald } from './journald.ts';
import { need } from './need.ts';

const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => ({ MESSAGE: 'm', SEQ: from + n }));

const valuesOf = async (journald: Journald, name: string, ...args: string[]) =>
  parseExport(await journald.journalctl('--output=export', ...args))
    .map((fields) => valueOf(fields, name))
    .filter((value) => value !== undefined);

const upTo = (count: number) => Array.from({ length: count }, (_, n) => `${n}`);

test('entries arrive with just the fields that were written', async (t) => {
  if (!need(t, 'private journald')) return;
  await using journald = await Journald.start();
  const blob = Buffer.from([0, 1, 0x0a, 0xff]);
  const message = 'größe\n'.padEnd(2_000_000, 'x');

  await journald.write({ MESSAGE: message, BLOB: blob, NUMBER: 7, EMPTY: '', SYSLOG_IDENTIFIER: 'mine' });
  await journald.sync();

  const [entry] = parseExport(await journald.journalctl('--output=export', '--identifier=mine'));
  assert.equal(valueOf(entry!, 'MESSAGE'), message);
  assert.deepEqual(entry!.find(([name]) => name === 'BLOB')?.[1], blob);
  assert.equal(valueOf(entry!, 'NUMBER'), '7');
  assert.equal(valueOf(entry!, 'EMPTY'), '');
  assert.equal(valueOf(entry!, '_TRANSPORT'), 'journal');
  assert.equal(valueOf(entry!, '_MACHINE_ID'), journald.machineId);
});

test('thousands of entries arrive in order, over rotations', async (t) => {
  if (!need(t, 'private journald')) return;
  await using journald = await Journald.start();

  const start = performance.now();
  for (let n = 0; n < 3; n++) {
    await journald.write(...numbered(2000, n * 2000));
    await journald.rotate();
  }
  await journald.sync();
  t.diagnostic(`${Math.round(6000 / ((performance.now() - start) / 1000))} entries/s`);

  assert.deepEqual(await valuesOf(journald, 'SEQ'), upTo(6000));
});

test('vacuuming removes what was rotated away', async (t) => {
  if (!need(t, 'private journald')) return;
  await using journald = await Journald.start();
  await journald.write(...numbered(10));
  await journald.sync();
  await journald.rotate();
  await journald.write(...numbered(10, 10));
  await journald.sync();

  await journald.vacuum(1);

  assert.deepEqual(await valuesOf(journald, 'SEQ'), upTo(20).slice(10));
});

test('lines get the identifier, unit and priority of their source', async (t) => {
  if (!need(t, 'private journald')) return;
  await using journald = await Journald.start();

  await journald.writeLines(['one', '<3>two'], { identifier: 'app', unit: 'app@1.service', priority: 5 });
  await journald.sync();

  const entries = parseExport(await journald.journalctl('--output=export', '_SYSTEMD_UNIT=app@1.service'));
  const shown = entries.map((each) => ['SYSLOG_IDENTIFIER', 'PRIORITY', 'MESSAGE'].map((name) => valueOf(each, name)));
  assert.deepEqual(shown, [
    ['app', '5', 'one'],
    ['app', '3', 'two'],
  ]);
});

test('a killed journald goes on with the same journal after a restart', async (t) => {
  if (!need(t, 'private journald')) return;
  await using journald = await Journald.start();
  await journald.write(...numbered(10));
  await journald.sync();

  await journald.kill9();
  const writing = journald.write(...numbered(10, 10)); // waits for journald
  await journald.restart();
  await writing;
  await journald.sync();

  assert.deepEqual(await valuesOf(journald, 'SEQ'), upTo(20));
});

test('a namespace has its own entries', async (t) => {
  if (!need(t, 'private journald')) return;
  await using journald = await Journald.start();
  const apart = await journald.namespace('apart');

  await journald.write({ MESSAGE: 'main', SEQ: 1 });
  await apart.write([{ MESSAGE: 'apart', SEQ: 2 }]);
  await journald.sync();
  await journald.journalctl('--sync', '--namespace=apart');

  assert.deepEqual(await valuesOf(journald, 'SEQ'), ['1']);
  assert.deepEqual(await valuesOf(journald, 'SEQ', '--namespace=apart'), ['2']);
  assert.deepEqual(await valuesOf(journald, 'SEQ', '--namespace=*'), ['1', '2']);
  assert.ok(existsSync(apart.directory));
});

test('several live side by side, and nothing is left of them', async (t) => {
  if (!need(t, 'private journald')) return;
  const [one, other] = await Promise.all([Journald.start(), Journald.start({ conf: ['SystemMaxFileSize=1M'] })]);
  const homes = [one, other].map(({ directory }) => dirname(dirname(dirname(directory))));

  await Promise.all([one.write({ MESSAGE: 'm', SEQ: 1 }), other.write({ MESSAGE: 'm', SEQ: 2 })]);
  await Promise.all([one.sync(), other.sync()]);

  assert.deepEqual(await valuesOf(one, 'SEQ'), ['1']);
  assert.deepEqual(await valuesOf(other, 'SEQ'), ['2']);
  await Promise.all([one.stop(), other.stop()]);
  assert.deepEqual(homes.map(existsSync), [false, false]);
});
