import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { runOnce } from '../support/daemon.ts';
import { generateEntries } from '../support/entries.ts';
import type { EntrySpec } from '../support/export-stream.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { need } from '../support/need.ts';
import { Place } from './place.ts';

const execute = promisify(execFile);
const bootId = `${'0'.repeat(31)}1`;

/** Entries that are odd in what a line of text is made of. */
const odd: Record<string, EntrySpec['fields']> = {
  'nothing but a message': [['MESSAGE', 'm']],
  'no host': [
    ['SYSLOG_IDENTIFIER', 'i'],
    ['_PID', '7'],
    ['MESSAGE', 'm'],
  ],
  'no identifier, but a command': [
    ['_COMM', 'c'],
    ['_PID', '7'],
    ['_HOSTNAME', 'h'],
    ['MESSAGE', 'm'],
  ],
  'both an identifier and a command': [
    ['_COMM', 'c'],
    ['SYSLOG_IDENTIFIER', 'i'],
    ['_HOSTNAME', 'h'],
    ['MESSAGE', 'm'],
  ],
  'the pid of syslog only': [
    ['SYSLOG_IDENTIFIER', 'i'],
    ['SYSLOG_PID', '8'],
    ['_HOSTNAME', 'h'],
    ['MESSAGE', 'm'],
  ],
  'both pids': [
    ['SYSLOG_IDENTIFIER', 'i'],
    ['SYSLOG_PID', '8'],
    ['_PID', '7'],
    ['_HOSTNAME', 'h'],
    ['MESSAGE', 'm'],
  ],
  'several lines': [
    ['_HOSTNAME', 'h'],
    ['SYSLOG_IDENTIFIER', 'i'],
    ['MESSAGE', 'one\n  two\n\nthree'],
  ],
  'lines that look indented': [
    ['_HOSTNAME', 'h'],
    ['SYSLOG_IDENTIFIER', 'i'],
    ['MESSAGE', 'one\n                                                    two'],
  ],
  tabs: [
    ['_HOSTNAME', 'h'],
    ['SYSLOG_IDENTIFIER', 'i'],
    ['MESSAGE', 'a\tb\tc'],
  ],
  'control characters': [
    ['_HOSTNAME', 'h'],
    ['SYSLOG_IDENTIFIER', 'i'],
    ['MESSAGE', 'bell \u0007 del \u007f'],
  ],
  'beyond ASCII': [
    ['_HOSTNAME', 'h'],
    ['SYSLOG_IDENTIFIER', 'größe'],
    ['MESSAGE', '日本語 🚀 größe'],
  ],
  'a very long line': [
    ['_HOSTNAME', 'h'],
    ['SYSLOG_IDENTIFIER', 'i'],
    ['MESSAGE', 'x'.repeat(20_000)],
  ],
  'another time at the source': [
    ['_SOURCE_REALTIME_TIMESTAMP', '1767225612345678'],
    ['MESSAGE', 'm'],
  ],
  'a time at the source that is none': [
    ['_SOURCE_REALTIME_TIMESTAMP', 'soon'],
    ['MESSAGE', 'm'],
  ],
  'no message': [
    ['_HOSTNAME', 'h'],
    ['SYSLOG_IDENTIFIER', 'i'],
  ],
};

function* allEntries(): Generator<EntrySpec> {
  yield* generateEntries({ count: 2000 });
  for (const [n, fields] of Object.values(odd).entries())
    yield { realtimeUs: 1_767_225_700_000_000 + n * 1_000_000, monotonicUs: 9_000_000_000 + n, bootId, fields };
}

const STAMP = /^(?=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000 )/m;

/** What journalctl shows of one entry as one line, escaped: lines after the first are indented by it. */
function oneLineOf(shown: string): string {
  const indent = shown.indexOf(': ') + 2;
  const lines = shown.replace(/\n$/, '').split('\n');
  const text = [lines[0]!, ...lines.slice(1).map((line) => line.slice(indent))].join('\\n');
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

test(
  'the text format is what journalctl -o short-iso-precise shows, an entry in a line',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const journal_path = join(place.path, 'journal');
    const specs = [...allEntries()];
    await buildJournal(journal_path, specs);

    const { code, stderr } = await runOnce(
      place.config({ reader: { journal_path }, senders: { out: { format: 'text', max_entry_bytes: 1 << 24 } } }),
    );

    assert.equal(code, 0, stderr);
    const ours = (await readFile(place.output(), 'utf8')).split('\n').slice(0, -1);
    const options = ['-D', journal_path, '-o', 'short-iso-precise', '--utc', '--all', '--no-pager', '--quiet'];
    const { stdout } = await execute('journalctl', options, {
      maxBuffer: 1 << 26,
      env: { ...process.env, LANG: 'C.UTF-8' },
    });
    const theirs = stdout.split(STAMP).map(oneLineOf);
    assert.equal(ours.length, specs.length);
    let compared = 0;
    let at = 0;
    for (const [n, { fields }] of specs.entries()) {
      const message = fields.find(([name]) => name === 'MESSAGE')?.[1];
      if (message === undefined) {
        assert.match(ours[n]!, /\+0000 .*: $/); // journalctl passes over such an entry
        continue;
      }
      const their = theirs[at++]!;
      // Of bytes that are no text, journalctl shows what the terminal may bear: the head is compared.
      const isText = typeof message === 'string' || !message.includes(0);
      if (isText) assert.equal(ours[n], their, `entry ${n}`);
      else assert.ok(ours[n]!.startsWith(their.slice(0, their.indexOf(': ') + 5)), `entry ${n}: ${ours[n]!}`);
      compared++;
    }
    assert.equal(at, theirs.length);
    assert.ok(compared > 1990);
  },
);
