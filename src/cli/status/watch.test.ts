import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watch } from './watch.ts';

/** A screen that keeps what is written, and stops the watching after so many pictures. */
async function watched({ isTerminal = true, rows = 24, pictures = 1, isRead = true, text = 'a\nb\n' } = {}) {
  const stop = new AbortController();
  let written = '';
  let drawn = 0;
  const write = (part: string) => {
    written += part;
    return Promise.resolve(isRead);
  };
  await watch({ isTerminal, rows, write }, stop.signal, () => {
    if (++drawn === pictures) stop.abort();
    return Promise.resolve(text);
  });
  return { written, drawn };
}

test('a terminal is overwritten line by line, and left as it was', async () => {
  const { written } = await watched();

  assert.equal(written, '\x1b[?25l\x1b[?7l\x1b[2J\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J\x1b[?7h\x1b[?25h');
});

test('what a terminal has no room for is left out instead of scrolling', async () => {
  const { written } = await watched({ rows: 3, text: 'a\nb\nc\nd\n' });

  assert.ok(written.includes('\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J'));
});

test('what is no terminal gets one report after the other', async () => {
  const { written, drawn } = await watched({ isTerminal: false, pictures: 2 });

  assert.deepEqual([written, drawn], ['a\nb\na\nb\n', 2]);
});

test('it ends when nobody reads any more', async () => {
  const { drawn } = await watched({ isRead: false, isTerminal: false, pictures: 100 });

  assert.equal(drawn, 1);
});
