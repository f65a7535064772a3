import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPaint, wantsColour } from './terminal-text.ts';

test('paints only where there are colours', () => {
  assert.equal(createPaint(false)('x', 'bad'), 'x');
  assert.equal(createPaint(true)('x', 'bad'), '\x1b[31mx\x1b[0m');
  assert.equal(createPaint(true)('x', 'plain'), 'x');
  assert.equal(createPaint(true)('', 'bad'), '');
});

for (const { isTerminal, env, wants } of [
  { isTerminal: true, env: { TERM: 'xterm' }, wants: true },
  { isTerminal: true, env: { NO_COLOR: '' }, wants: true },
  { isTerminal: true, env: { NO_COLOR: '1' }, wants: false },
  { isTerminal: true, env: { TERM: 'dumb' }, wants: false },
  { isTerminal: false, env: { TERM: 'xterm' }, wants: false },
]) {
  test(`${wants ? 'colours' : 'no colours'} ${isTerminal ? 'on a terminal' : 'in a pipe'} with ${JSON.stringify(env)}`, () => {
    assert.equal(wantsColour(isTerminal, env), wants);
  });
}
