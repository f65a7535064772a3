import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockOf } from '../../test/support/block-of.ts';
import type { EntryFields } from '../../test/support/block-of.ts';
import { createUnitLogLevel, explainUnitLogLevel } from './unit-log-level.ts';
import type { UnitLogLevelRule } from './unit-log-level.ts';

const ssh: UnitLogLevelRule = { service_glob: 'ssh*', log_level: 4 };

interface Case {
  readonly title: string;
  readonly rules?: readonly UnitLogLevelRule[];
  readonly extra?: Record<string, unknown>;
  readonly entry: EntryFields;
  readonly passes: boolean;
}

const cases: readonly Case[] = [
  { title: 'at the level', entry: { _SYSTEMD_UNIT: 'ssh.service', PRIORITY: '4' }, passes: true },
  { title: 'more important', entry: { _SYSTEMD_UNIT: 'ssh.service', PRIORITY: '1' }, passes: true },
  { title: 'less important', entry: { _SYSTEMD_UNIT: 'ssh.service', PRIORITY: '5' }, passes: false },
  { title: 'of a unit without a rule', entry: { _SYSTEMD_UNIT: 'cron.service', PRIORITY: '7' }, passes: true },
  { title: 'without a unit', entry: { PRIORITY: '7' }, passes: true },
  {
    title: 'with an empty unit',
    entry: { _SYSTEMD_UNIT: '', PRIORITY: '7' },
    passes: true,
    rules: [{ service_glob: '*', log_level: 0 }],
  },
  { title: 'without a priority', entry: { _SYSTEMD_UNIT: 'ssh.service' }, passes: true },
  { title: 'of priority 0', entry: { _SYSTEMD_UNIT: 'ssh.service', PRIORITY: '0' }, passes: true },
  { title: 'without rules', rules: [], entry: { _SYSTEMD_UNIT: 'ssh.service', PRIORITY: '7' }, passes: true },

  // Conversion, as Python's int
  { title: 'with blanks around the priority', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: ' 7\n' }, passes: false },
  { title: 'with a plus', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '+5' }, passes: false },
  { title: 'with a minus', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '-5' }, passes: true },
  { title: 'with leading zeros', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '007' }, passes: false },
  { title: 'with zeros only', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '00' }, passes: true },
  { title: 'above 7', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '8' }, passes: false },
  { title: 'with two digits', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '10' }, passes: false },
  { title: 'with a word as priority', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: 'debug' }, passes: true },
  { title: 'with an empty priority', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '' }, passes: true },
  { title: 'with the byte after "9"', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: ':' }, passes: true },

  // Several fields for one key
  {
    title: 'with a trusted unit and a made-up one',
    entry: { SYSTEMD_UNIT: 'cron', _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: false,
  },
  {
    title: 'with a made-up unit last',
    entry: { _SYSTEMD_UNIT: 'ssh', SYSTEMD_UNIT: 'cron', PRIORITY: '7' },
    passes: false,
  },
  { title: 'with only a made-up unit', entry: { SYSTEMD_UNIT: 'ssh', PRIORITY: '7' }, passes: false },
  { title: 'with a repeated unit', entry: { _SYSTEMD_UNIT: ['ssh', 'ssh'], PRIORITY: '7' }, passes: true },
  {
    title: 'with a made-up unit that is repeated',
    entry: { SYSTEMD_UNIT: ['x', 'y'], _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: false,
  },
  { title: 'with a repeated priority', entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: ['7', '7'] }, passes: true },
  { title: 'of another field that ends alike', entry: { OBJECT_SYSTEMD_UNIT: 'ssh', PRIORITY: '7' }, passes: true },

  // Extra fields
  {
    title: 'whose unit an extra field replaces',
    extra: { SYSTEMD_UNIT: 'ssh' },
    entry: { _SYSTEMD_UNIT: 'cron', PRIORITY: '7' },
    passes: false,
  },
  {
    title: 'whose unit an extra field hides',
    extra: { SYSTEMD_UNIT: 'cron' },
    entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: true,
  },
  {
    title: 'whose unit is null',
    extra: { SYSTEMD_UNIT: null },
    entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: true,
  },
  {
    title: 'whose unit is empty',
    extra: { SYSTEMD_UNIT: '' },
    entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: true,
  },
  {
    title: 'whose unit is a list',
    extra: { SYSTEMD_UNIT: ['ssh'] },
    entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: true,
  },
  {
    title: 'with an extra field beside the unit',
    extra: { _SYSTEMD_UNIT: 'cron' },
    entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: false,
  },
  {
    title: 'whose priority an extra field replaces',
    extra: { PRIORITY: 5 },
    entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '1' },
    passes: false,
  },
  {
    title: 'whose priority is a text',
    extra: { PRIORITY: '3' },
    entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: true,
  },
  {
    title: 'whose priority is null',
    extra: { PRIORITY: null },
    entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: true,
  },
  {
    title: 'whose priority is 0',
    extra: { PRIORITY: 0 },
    entry: { _SYSTEMD_UNIT: 'ssh', PRIORITY: '7' },
    passes: true,
  },
  { title: 'that extra fields make altogether', extra: { SYSTEMD_UNIT: 'ssh', PRIORITY: 7 }, entry: {}, passes: false },

  // Units that are no ASCII text, or no text
  {
    title: 'of a unit beyond ASCII',
    rules: [{ service_glob: 'gr?ße', log_level: 4 }],
    entry: { _SYSTEMD_UNIT: 'größe', PRIORITY: '7' },
    passes: false,
  },
  {
    title: 'of an extra unit beyond ASCII',
    rules: [{ service_glob: 'gr?ße', log_level: 4 }],
    extra: { SYSTEMD_UNIT: 'größe' },
    entry: { PRIORITY: '7' },
    passes: false,
  },
  {
    title: 'of a unit that is no UTF-8',
    rules: [{ service_glob: "b'\\xff'", log_level: 4 }],
    entry: { SYSTEMD_UNIT: Buffer.from([0xff]), PRIORITY: '7' },
    passes: false,
  },
  {
    title: 'of what is too long for a unit',
    rules: [{ service_glob: '*', log_level: 4 }],
    entry: { SYSTEMD_UNIT: 'x'.repeat(2000), PRIORITY: '7' },
    passes: true,
  },
];

for (const { title, rules = [ssh], extra, entry, passes } of cases) {
  test(`an entry ${title} ${passes ? 'passes' : 'is dropped'}`, () => {
    for (const rule of ['first', 'strictest'] as const) {
      const level = createUnitLogLevel(rules, rule, extra);

      // Twice: the second time what is remembered of the unit decides.
      for (let i = 0; i < 2; i++) assert.equal(level(blockOf(entry, entry), i), passes, rule);
    }
  });
}

const nested: readonly UnitLogLevelRule[] = [
  { service_glob: 'app@*.service', log_level: 6 },
  { service_glob: 'app@1.*', log_level: 2 },
  { service_glob: '*', log_level: 4 },
];

const nestedCases = [
  { unit: 'app@1.service', first: 6, strictest: 2 },
  { unit: 'app@2.service', first: 6, strictest: 4 },
  { unit: 'app@1.socket', first: 2, strictest: 2 },
  { unit: 'cron.service', first: 4, strictest: 4 },
];

for (const { unit, ...levels } of nestedCases) {
  for (const rule of ['first', 'strictest'] as const) {
    test(`of several rules for ${unit} the ${rule} counts`, () => {
      const level = createUnitLogLevel(nested, rule);

      for (let priority = 0; priority < 8; priority++) {
        const block = blockOf({ _SYSTEMD_UNIT: unit, PRIORITY: String(priority) });
        assert.equal(level(block, 0), priority <= levels[rule], `priority ${priority}`);
      }
    });
  }
}

test('decides the same for many units again and again, however few it can remember', () => {
  const level = createUnitLogLevel([{ service_glob: '*[13579]', log_level: 3 }], 'first');

  const block = blockOf(...Array.from({ length: 10_000 }, (_, n) => ({ _SYSTEMD_UNIT: `u${n}`, PRIORITY: '6' })));
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < block.count; n++) assert.equal(level(block, n), n % 2 === 0, `unit ${n}`);
  }
});

test('decides as the rule says, whatever units, priorities and rules', () => {
  const names = fc.constantFrom('a', 'ab', 'b', 'abc');
  const globs = fc.constantFrom('a', 'a*', '*b', '?', '*', 'x');
  const anyRules = fc.array(fc.record({ service_glob: globs, log_level: fc.nat(7) }), { maxLength: 4 });
  fc.assert(
    fc.property(anyRules, fc.array(fc.tuple(names, fc.nat(7)), { minLength: 1, maxLength: 8 }), (rules, pairs) => {
      const block = blockOf(...pairs.map(([unit, priority]) => ({ PRIORITY: `${priority}`, _SYSTEMD_UNIT: unit })));
      const first = createUnitLogLevel(rules, 'first');
      const strictest = createUnitLogLevel(rules, 'strictest');

      pairs.forEach(([unit, priority], i) => {
        const matching = rules.filter(({ service_glob: glob }) => plainGlob(glob, unit));
        assert.equal(first(block, i), priority === 0 || priority <= (matching[0]?.log_level ?? 7));
        assert.equal(strictest(block, i), priority === 0 || matching.every(({ log_level }) => priority <= log_level));
      });
    }),
  );
});

for (const { title, rules = [ssh], extra, entry, passes } of cases) {
  test(`the reasons agree about an entry ${title}`, () => {
    assert.equal(explainUnitLogLevel(rules, 'first', extra)(blockOf(entry), 0).passes, passes);
  });
}

const reasons: readonly {
  title: string;
  entry: EntryFields;
  first: [number, number?];
  strictest: [number, number?];
}[] = [
  { title: 'two rules', entry: { _SYSTEMD_UNIT: 'app@1.service', PRIORITY: '5' }, first: [0, 5], strictest: [1, 5] },
  { title: 'one rule', entry: { _SYSTEMD_UNIT: 'cron.service', PRIORITY: '0' }, first: [2, 0], strictest: [2, 0] },
  { title: 'no priority', entry: { _SYSTEMD_UNIT: 'cron.service' }, first: [2], strictest: [2] },
  { title: 'no number', entry: { _SYSTEMD_UNIT: 'cron.service', PRIORITY: 'info' }, first: [2], strictest: [2] },
  { title: 'no unit', entry: { PRIORITY: '7' }, first: [-1, 7], strictest: [-1, 7] },
];

for (const { title, entry, ...expected } of reasons) {
  for (const way of ['first', 'strictest'] as const) {
    test(`tells the ${way} rule and the priority of an entry with ${title}`, () => {
      const { rule, priority } = explainUnitLogLevel(nested, way)(blockOf(entry), 0);

      assert.deepEqual([rule, priority], [expected[way][0], expected[way][1]]);
    });
  }
}

function plainGlob(glob: string, text: string): boolean {
  return new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
}
