import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerptArguments, journalctlArguments, probeArguments } from './arguments.ts';
import type { RunOptions } from './arguments.ts';
import type { JournalSelection } from './selection.ts';

const machineId = '5d0f3c1e9a4b4c7d8e6f70819a2b3c4d';
const plain: JournalSelection = { journal_flags: [], units_to_match: [] };
const head: RunOptions = { start: { kind: 'head' }, follow: false, merge: true, machineId };
const follow: RunOptions = { ...head, follow: true };

const suppressed = ['+', '_TRANSPORT=driver', 'MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e'];
const losses = [...suppressed, 'MESSAGE_ID=e9bf28e6e834481bb6f48f548ad13606'];

const cases: { title: string; selection?: Partial<JournalSelection>; run?: Partial<RunOptions>; args: string[] }[] = [
  { title: 'the whole journal', args: [] },
  {
    title: 'follows across boots, but only the journal of this machine',
    run: follow,
    args: ['--follow', '--no-tail', '--merge', `_MACHINE_ID=${machineId}`],
  },
  {
    title: 'follows this boot where --merge is refused',
    run: { ...follow, merge: false },
    args: ['--follow', '--no-tail'],
  },
  {
    title: 'follows a machine without an id',
    run: { ...follow, machineId: undefined },
    args: ['--follow', '--no-tail', '--merge'],
  },
  {
    title: 'follows a directory, of whatever machine',
    selection: { journal_path: '/j' },
    run: follow,
    args: ['--follow', '--no-tail', '--merge', '--directory=/j'],
  },
  {
    title: 'follows files',
    selection: { journal_files: ['/a b', '/c'] },
    run: follow,
    args: ['--follow', '--no-tail', '--merge', '--file=/a b', '--file=/c'],
  },
  {
    title: 'a cursor is included, so that it can be seen whether it is there',
    run: { start: { kind: 'cursor', cursor: 's=1;i=2' } },
    args: ['--cursor=s=1;i=2'],
  },
  {
    title: 'a time to the microsecond',
    run: { start: { kind: 'since', realtimeUs: 1_767_225_600_000_007 } },
    args: ['--since=@1767225600.000007'],
  },
  {
    title: 'units by plain matches, not by --unit',
    selection: { units_to_match: ['a.service', 'b@*.service', '-x'] },
    args: ['_SYSTEMD_UNIT=a.service', '_SYSTEMD_UNIT=b@*.service', '_SYSTEMD_UNIT=-x', ...suppressed],
  },
  {
    title: 'units less those that are excluded',
    selection: { units_to_match: ['a.service', 'b@1.service', 'c'], units_to_exclude: ['b@*', 'x'] },
    args: ['_SYSTEMD_UNIT=a.service', '_SYSTEMD_UNIT=c', ...suppressed],
  },
  {
    title: 'nothing, not everything, when all units are excluded',
    selection: { units_to_match: ['a', 'b'], units_to_exclude: ['?'] },
    args: ['_JOURNALBRIDGE_NOTHING=1'],
  },
  {
    title: 'excluded units alone are not for journalctl, which knows no "not"',
    selection: { units_to_exclude: ['b@*'] },
    args: [],
  },
  {
    title: 'the least priority by all more important ones',
    selection: { min_priority: 3 },
    args: ['PRIORITY=0', 'PRIORITY=1', 'PRIORITY=2', 'PRIORITY=3', ...losses],
  },
  { title: 'only the most important', selection: { min_priority: 0 }, args: ['PRIORITY=0', ...losses] },
  {
    title: "a priority that journald's own entries have anyway",
    selection: { min_priority: 6 },
    args: ['PRIORITY=0', 'PRIORITY=1', 'PRIORITY=2', 'PRIORITY=3', 'PRIORITY=4', 'PRIORITY=5', 'PRIORITY=6'],
  },
  {
    title: 'units and the least priority on this machine',
    selection: { units_to_match: ['a'], min_priority: 1 },
    run: follow,
    args: [
      '--follow',
      '--no-tail',
      '--merge',
      '_SYSTEMD_UNIT=a',
      'PRIORITY=0',
      'PRIORITY=1',
      `_MACHINE_ID=${machineId}`,
      ...suppressed,
      `_MACHINE_ID=${machineId}`,
    ],
  },
  {
    title: 'the fields that are needed',
    selection: { outputFields: ['MESSAGE', '_PID'] },
    run: { start: { kind: 'cursor', cursor: 'c' } },
    args: ['--output-fields=MESSAGE,_PID', '--cursor=c'],
  },
  {
    title: 'a namespace, whose journal is of this machine, too',
    selection: { journal_namespace: 'web' },
    run: follow,
    args: ['--follow', '--no-tail', '--merge', '--namespace=web', `_MACHINE_ID=${machineId}`],
  },
  {
    title: 'a namespace in a directory is the directory',
    selection: { journal_path: '/j', journal_namespace: 'w' },
    args: ['--directory=/j'],
  },
  { title: 'SYSTEM', selection: { journal_flags: ['SYSTEM'] }, args: ['--system'] },
  { title: 'CURRENT_USER', selection: { journal_flags: ['CURRENT_USER'] }, args: ['--user'] },
  {
    title: 'SYSTEM and CURRENT_USER',
    selection: { journal_flags: ['SYSTEM', 'CURRENT_USER'] },
    args: ['--system', '--user'],
  },
  { title: 'LOCAL_ONLY', selection: { journal_flags: ['LOCAL_ONLY'] }, args: [] },
  {
    title: 'RUNTIME_ONLY',
    selection: { journal_flags: ['RUNTIME_ONLY'] },
    run: follow,
    args: ['--follow', '--no-tail', '--merge', `--directory=/run/log/journal/${machineId}`],
  },
  {
    title: 'RUNTIME_ONLY with a namespace',
    selection: { journal_flags: ['RUNTIME_ONLY'], journal_namespace: 'web' },
    args: [`--directory=/run/log/journal/${machineId}.web`],
  },
  { title: 'OS_ROOT', selection: { journal_flags: ['OS_ROOT'], journal_path: '/mnt' }, args: ['--root=/mnt'] },
];

for (const { title, selection, run, args } of cases) {
  test(`arguments: ${title}`, async () => {
    const made = await journalctlArguments({ ...plain, ...selection }, { ...head, ...run });

    assert.deepEqual(made, ['--output=export', '--no-pager', ...args]);
  });
}

test('no arguments limit the lines, which loses entries together with a place', async () => {
  for (const { selection, run } of cases) {
    const made = await journalctlArguments({ ...plain, ...selection }, { ...head, ...run });
    assert.ok(
      !made.some((arg) => /^(-n|--lines|--after-cursor|--cursor-file|--unit|-u|--boot|-b)/.test(arg)),
      made.join(' '),
    );
  }
});

test('a probe looks at one entry of the same journal, whatever its unit', async () => {
  const selection = { ...plain, journal_path: '/j', units_to_match: ['a.service'] };

  const args = await probeArguments(selection, machineId, ['--cursor=c']);

  assert.deepEqual(args, ['--output=export', '--no-pager', '--lines=1', '--directory=/j', '--cursor=c']);
});

test('an excerpt is of the same journal, whatever the reader selects', async () => {
  const selection = {
    ...plain,
    journal_path: '/j',
    units_to_match: ['a.service'],
    min_priority: 3,
    outputFields: ['A'],
  };

  const last = await excerptArguments(selection, machineId, { lines: 10, place: [] });
  const since = await excerptArguments(selection, machineId, { place: ['--since=yesterday'] });

  assert.deepEqual(last, ['--output=export', '--no-pager', '--lines=10', '--directory=/j']);
  assert.deepEqual(since, ['--output=export', '--no-pager', '--directory=/j', '--since=yesterday']);
});
