import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, LOG_KEY_INTERVAL_MS } from './log.ts';
import type { LogOptions } from './log.ts';

function makeLog(options: LogOptions = {}) {
  const lines: string[] = [];
  const clock = { nowMs: 0 };
  const log = createLog({
    write: (line) => lines.push(line),
    nowMs: () => clock.nowMs,
    journalStyle: true,
    ...options,
  });
  return { log, lines, clock };
}

test('under systemd each line has its priority in front', () => {
  const { log, lines } = makeLog({ level: 'debug' });

  log.debug('d.');
  log.info('i.');
  log.warn('w.');
  log.error('e.');

  assert.deepEqual(lines, ['<7>d.\n', '<6>i.\n', '<4>w.\n', '<3>e.\n']);
});

test('elsewhere each line has its time and level in front', () => {
  const { log, lines } = makeLog({ journalStyle: false });

  log.warn('w.');

  assert.match(lines[0]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN {2}w\.\n$/);
});

for (const { level, said } of [
  { level: 'debug', said: 4 },
  { level: 'info', said: 3 },
  { level: 'warn', said: 2 },
  { level: 'error', said: 1 },
] as const) {
  test(`at level ${level} ${said} of 4 levels are said, also by scopes made before`, () => {
    const { log, lines } = makeLog();
    const scoped = log.scoped('a').scoped('b');

    log.setLevel(level);
    scoped.debug('x');
    scoped.info('x');
    scoped.warn('x');
    scoped.error('x');

    assert.equal(lines.length, said);
    assert.ok(
      lines.every((line) => line.slice(3) === 'a.b: x\n'),
      lines.join(''),
    );
  });
}

test('a key says its sentence once in 30 s, then how many were held back', () => {
  const { log, lines, clock } = makeLog();

  for (let n = 0; n < 100; n++) log.error('it failed.', 'k');
  clock.nowMs = LOG_KEY_INTERVAL_MS - 1;
  log.error('it failed.', 'k');
  clock.nowMs = LOG_KEY_INTERVAL_MS;
  log.error('it failed.', 'k');
  log.error('it failed.', 'k');

  assert.deepEqual(lines, ['<3>it failed.\n', '<3>it failed. (and 100 more like it since the last line)\n']);
});

test('keys and scopes are separate, sentences without a key are never held back', () => {
  const { log, lines } = makeLog();

  for (let n = 0; n < 2; n++) {
    log.error('1', 'k');
    log.error('2', 'l');
    log.scoped('s').error('3', 'k');
    log.error('4');
  }

  assert.deepEqual(lines, ['<3>1\n', '<3>2\n', '<3>s: 3\n', '<3>4\n', '<3>4\n']);
});

test('a sentence that is not said at this level counts for nothing', () => {
  const { log, lines } = makeLog({ level: 'error' });

  log.warn('w', 'k');
  log.setLevel('warn');
  log.warn('w', 'k');

  assert.deepEqual(lines, ['<4>w\n']);
});

test('no text forges lines or steers a terminal', () => {
  const { log, lines } = makeLog();

  log.warn('a\nb\r\x1b[2Jc\0d\u009be\x7f');
  log.warn('a\u202eb\u2066c\u2028d\ud800e\u{e0041}\u00ad');

  assert.deepEqual(lines, [
    '<4>a | b\\x0d\\x1b[2Jc\\x00d\\x9be\\x7f\n',
    '<4>a\\u202eb\\u2066c\\u2028d\\ud800e\\udb40\\udc41\\xad\n',
  ]);
});

test('a million keys cost bounded memory and do not free a busy one', () => {
  const { log, lines } = makeLog();

  for (let n = 0; n < 5000; n++) {
    log.error('busy', 'busy');
    log.error('x', `key ${n}`);
  }

  assert.equal(lines.filter((line) => line === '<3>busy\n').length, 1);
});
