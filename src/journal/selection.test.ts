import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journalDirectory, type JournalSelection } from './selection.ts';

const machineId = '5d0f3c1e9a4b4c7d8e6f70819a2b3c4d';
const plain: JournalSelection = { journal_flags: [], units_to_match: [] };

test('the directory is known where the reader names one', () => {
  assert.equal(journalDirectory(plain, machineId), undefined);
  assert.equal(journalDirectory({ ...plain, journal_path: '/j' }, machineId), '/j');
  assert.equal(journalDirectory({ ...plain, journal_flags: ['RUNTIME_ONLY'] }, undefined), undefined);
  assert.equal(journalDirectory({ ...plain, journal_path: '/mnt', journal_flags: ['OS_ROOT'] }, machineId), undefined);
});
