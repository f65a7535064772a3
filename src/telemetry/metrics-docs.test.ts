import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { METRICS_FILE, metricsPage } from '../../tools/metrics-docs.ts';
import type { MetricDeclaration } from './metric-declaration.ts';
import { metricsTable } from './metrics-table.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown }[];
  };
  readonly panels: readonly Panel[];
}

const dashboardUrl = new URL('../../docs/grafana-dashboard.json', import.meta.url);
const dashboard = JSON.parse(readFileSync(dashboardUrl, 'utf8')) as Dashboard;

const inPrometheus = new Map(
  Object.entries<MetricDeclaration>(metricsTable).map(([name, declared]) => [name.replaceAll('.', '_'), declared]),
);

test('docs/metrics.md is what the table gives', () => {
  assert.equal(readFileSync(METRICS_FILE, 'utf8'), metricsPage(), 'docs/metrics.md is stale: run "npm run docs"');
});

test('the conditions in docs/metrics.md name metrics of the table', () => {
  const conditions = [...metricsPage().matchAll(/^\| `(?:\w+\()?(\w+)[^`]*` \|[^|]*\|$/gm)].map(([, name]) => name!);
  const named = conditions.filter((name) => name.includes('_') && name.startsWith('journalbridge'));

  assert.ok(named.length >= 5);
  for (const name of named) assert.ok(inPrometheus.has(name), name);
});

test('the dashboard is one that Grafana can import', () => {
  const { title, uid, schemaVersion, panels } = dashboard;

  assert.equal(title, 'journalbridge');
  assert.match(uid, /^[\w-]{1,40}$/);
  assert.ok(schemaVersion >= 36);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  assert.deepEqual(
    dashboard.templating.list.map(({ name, type }) => `${type} ${name}`),
    ['datasource datasource', 'textbox prefix', 'query reader', 'query sender'],
  );
});

test('no panel of the dashboard lies upon another or beyond its edge', () => {
  const { panels } = dashboard;
  for (const { title, gridPos: a } of panels) {
    const upon = panels.filter(
      ({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h,
    );

    assert.equal(upon.length, 1, title);
    assert.ok(a.x >= 0 && a.x + a.w <= 24, title);
  }
});

const queries = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
  ...dashboard.templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) => ({ title: `the variable ${name}`, expr: (query as { query: string }).query })),
];

for (const { title, expr } of queries) {
  test(`"${title}" asks for metrics of the table, by tags that they carry: ${expr}`, () => {
    const names = [...expr.matchAll(/\$\{prefix\}(\w+)/g)].map(([, name]) => name!);

    assert.ok(names.length > 0);
    for (const name of names) {
      const { tags } = inPrometheus.get(name) ?? assert.fail(name);
      const asked = [...expr.matchAll(/(\w+)=~?"|by \(([\w, ]+)\)|, (\w+)\)$/g)].flatMap(([, label, by, last]) =>
        (label ?? by ?? last!).split(', '),
      );
      for (const label of asked) assert.ok((tags as readonly string[]).includes(label), `${name} has no ${label}`);
    }
  });
}

const alerts = readFileSync(new URL('../../docs/prometheus-alerts.yml', import.meta.url), 'utf8');
const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

for (const [, name, expr] of alerts.matchAll(/- alert: (\w+)\n +expr: (.+)\n/g)) {
  test(`the alert ${name!} asks for metrics of the table, by tags that they carry`, () => {
    const metrics = [...expr!.matchAll(/journalbridge_\w+/g)].map(([metric]) => metric);
    const asked = [...expr!.matchAll(/(\w+)=~?"|by \(([\w, ]+)\)/g)].flatMap(([, label, by]) =>
      (label ?? by!).split(', '),
    );

    assert.ok(metrics.length > 0);
    for (const metric of metrics) {
      const { tags, type } = inPrometheus.get(metric) ?? assert.fail(metric);
      for (const label of asked) assert.ok((tags as readonly string[]).includes(label), `${metric} has no ${label}`);
      assert.equal(expr!.includes(`increase(${metric}`), type === 'counter', metric);
    }
  });
}

test('each alert says what it means, and where it is told what to do', () => {
  const headings = [...operations.matchAll(/^#+ (.+)$/gm)].map(([, text]) => text!.toLowerCase().replaceAll(' ', '-'));
  const names = [...alerts.matchAll(/- alert: /g)];
  const links = [...alerts.matchAll(/runbook: docs\/operations\.md#(\S+)\n/g)].map(([, anchor]) => anchor!);

  assert.ok(names.length >= 10);
  assert.equal(links.length, names.length);
  assert.equal([...alerts.matchAll(/summary: \S/g)].length, names.length);
  for (const anchor of links) assert.ok(headings.includes(anchor), anchor);
});

for (const wanted of [
  'lag_seconds',
  'lag_entries',
  'read_lines',
  'sent_lines',
  'sent_bytes',
  'status',
  'retries',
  'rejected',
  'exception',
  'queue_entries',
  'queue_bytes',
  'restarts',
  'gaps',
  'rss_bytes',
  'decode_errors',
]) {
  test(`the dashboard shows ${wanted}`, () => {
    assert.ok(queries.some(({ expr }) => expr.includes(wanted)));
  });
}
