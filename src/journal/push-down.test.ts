import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../config/load.ts';
import { neededFields } from './push-down.ts';

interface Case {
  readonly title: string;
  readonly top?: object;
  readonly reader?: object;
  /** Keys of the senders; one with the whitelist `few` unless given. */
  readonly senders?: readonly object[];
  readonly fields: readonly string[] | undefined;
}

const own = ['_PID', '_SYSTEMD_UNIT'];
/** What hints at losses. */
const losses = ['MESSAGE_ID'];
const few = ['MESSAGE', '_MESSAGE'];
const filters = {
  few: { type: 'whitelist', fields: ['message'] },
  host: { type: 'include', fields: ['_Hostname', 'PRIORITY'] },
  odd: { type: 'whitelist', fields: ['timestamp', 'my.field', 'a,b', '1ST', 'ä', '___', '--merge', 'x y', '\u212a'] },
  none: { type: 'whitelist', fields: [] },
  less: { type: 'blacklist', fields: ['MESSAGE'] },
  long: { type: 'whitelist', fields: ['A'.repeat(64), 'B'.repeat(65)] },
  many: { type: 'whitelist', fields: Array.from({ length: 5000 }, (_, n) => `FIELD_${n}`) },
};

const cases: readonly Case[] = [
  { title: 'a sender without a filter needs all', senders: [{}], fields: undefined },
  { title: 'a blacklist needs all', senders: [{ field_filter: 'less' }], fields: undefined },
  { title: 'one of two senders needs all', senders: [{ field_filter: 'few' }, {}], fields: undefined },
  { title: 'a whitelist', fields: [...few, ...own] },
  {
    title: 'whitelists together',
    senders: [{ field_filter: 'few' }, { field_filter: 'host' }],
    fields: [...few, ...own, 'HOSTNAME', '_HOSTNAME', 'PRIORITY', '_PRIORITY'],
  },
  {
    title: 'a sender that is disabled counts for nothing',
    senders: [{ field_filter: 'few' }, { enabled: false }],
    fields: [...few, ...own],
  },
  { title: 'the format of journald', senders: [{ field_filter: 'few', format: 'journald' }], fields: [...few, ...own] },
  {
    title: 'names that cannot be in a journal stay out',
    senders: [{ field_filter: 'odd' }],
    fields: ['TIMESTAMP', '_TIMESTAMP', '_1ST', '_', 'K', '_K', ...own],
  },
  { title: 'names that are too long stay out', senders: [{ field_filter: 'long' }], fields: ['A'.repeat(64), ...own] },
  { title: 'more than an argument can hold', senders: [{ field_filter: 'many' }], fields: undefined },

  { title: 'our own logs may be shipped', top: { ship_own_logs: true }, fields: few },
  { title: 'our own logs may be shipped by the reader', reader: { ship_own_logs: true }, fields: few },
  {
    title: 'nothing at all, which must not mean all: an empty list would',
    reader: { ship_own_logs: true },
    senders: [{ field_filter: 'none' }],
    fields: [],
  },
  {
    title: 'a reader without senders',
    reader: { searches: [{ name: 's', fields: { _UID: '0' } }] },
    senders: [],
    fields: ['_UID', ...own],
  },

  {
    title: 'unit log levels',
    senders: [{ field_filter: 'few', unit_log_level: 'l' }],
    fields: [...few, 'PRIORITY', '_PRIORITY', 'SYSTEMD_UNIT', ...own],
  },
  {
    title: 'matches by key',
    top: { match_key: 'HOSTNAME' },
    reader: { match_key: 'Lower' },
    fields: [...few, ...own, 'HOSTNAME', '_HOSTNAME'],
  },
  {
    title: 'searches, by original names',
    reader: {
      searches: [
        { name: 's', fields: { _UID: '0', MESSAGE: 'x' } },
        { name: 't', fields: { TAG: 'x' } },
      ],
    },
    fields: [...few, ...own, '_UID', 'TAG'],
  },
  {
    title: 'units to exclude',
    reader: { ship_own_logs: true, units_to_exclude: ['a'] },
    fields: [...few, '_SYSTEMD_UNIT'],
  },
  {
    title: 'units to match and the least priority, which tell what comes only for the losses in it',
    reader: { ship_own_logs: true, units_to_match: ['a'], min_priority: 3 },
    fields: [...few, 'PRIORITY', '_SYSTEMD_UNIT'],
  },
  { title: 'secrets', reader: { secret_filters: [{ pattern: 'x', replacement: '' }] }, fields: [...few, ...own] },
  {
    title: 'secrets that are counted in all fields',
    reader: { secret_filters: [{ pattern: 'x', replacement: '' }], secret_filter_metrics: true },
    fields: undefined,
  },
  {
    title: 'secrets that are counted in some',
    reader: {
      secret_filters: [{ pattern: 'x', replacement: '' }],
      secret_filter_metrics: true,
      secret_filter_fields: ['_cmdline'],
    },
    fields: [...few, ...own, 'CMDLINE', '_CMDLINE'],
  },
];

for (const { title, top = {}, reader = {}, senders = [{ field_filter: 'few' }], fields } of cases) {
  test(`fields that are needed: ${title}`, async () => {
    const files = senders.map((keys, n) => [`s${n}`, { output_type: 'file', file_output: `/nowhere/${n}`, ...keys }]);
    const config = {
      field_filters: filters,
      unit_log_levels: { l: [{ service_glob: '*', log_level: 'INFO' }] },
      ...top,
      readers: { r: { ...reader, senders: Object.fromEntries(files) as object } },
    };

    const { config: loaded } = await parseConfig('x.json', JSON.stringify(config));

    assert.deepEqual(neededFields(loaded, loaded.readers['r']!), fields && [...new Set([...fields, ...losses])].sort());
  });
}
