import { writeFileSync } from 'node:fs';
import { tagMeanings, type MetricDeclaration } from '../src/telemetry/metric-declaration.ts';
import { metricsTable } from '../src/telemetry/metrics-table.ts';

/** Where the reference of the metrics lies. */
export const METRICS_FILE = new URL('../docs/metrics.md', import.meta.url);

const INTRO = `<!-- Made by \`npm run docs\` from src/telemetry/metrics-own.ts and metrics-inherited.ts; do not edit. -->

# Metrics

With a \`statsd\` that has \`host\` and \`port\`, or \`path\`, in the config, journalbridge tells a statsd about itself every 10 seconds, in the syntax of Telegraf:

\`\`\`
<prefix><metric>,<tag>=<value>,…:<number>|<g or c>
\`\`\`

\`\`\`json
{
  "statsd": { "host": "127.0.0.1", "port": 8125, "prefix": "logs.", "tags": { "cluster": "a" } },
  "tags": { "host": "web-1" }
}
\`\`\`

- \`host\` is an IPv4 or IPv6 address or a name. A name is looked up every minute; if it has addresses of both kinds, IPv4
  is taken. \`path\` is that of a Unix datagram socket.
- Nothing is put between \`prefix\` and the name: a dot has to be part of the prefix.
- Every metric carries the \`tags\` of \`statsd\` and of the top level. Of tags with the same name, that of the top level goes
  before that of \`statsd\`, and the metric's own before both.
- In names of tags, runs of anything but letters, digits, \`_\` and \`-\` become \`_\`; in their values, runs of white space,
  control characters, \`|\`, \`=\`, \`:\` and \`,\` do. Underscores at either end go. Values are cut after 256 characters, and a
  tag of which nothing is left is left out.
- A counter tells how often something happened since it was sent last. Those of \`journalbridge.\` are sent also when that
  is 0, so that a graph begins before the first event.
- A statsd that is down, slow or unknown never disturbs the shipping: its metrics are lost, and the log says so at most
  every 30 seconds.
`;

const PROMETHEUS = `## In Prometheus

[statsd_exporter](https://github.com/prometheus/statsd_exporter) takes these metrics as they are; dots become
underscores: \`journalbridge_lag_seconds{reader="…",sender="…"}\`. [grafana-dashboard.json](grafana-dashboard.json) is a
dashboard for that way: import it, choose the data source, and enter the \`prefix\` as Prometheus writes it.

What to be woken for, as rules in [prometheus-alerts.yml](prometheus-alerts.yml):

| Condition | Meaning |
| --- | --- |
| \`journalbridge_lag_seconds > 300\` | A destination does not get its entries: it is down, or too slow. |
| \`increase(journalbridge_gaps[1h]) > 0\` | Entries are missing. \`reason\` says [why, and what to do](operations.md#gaps). |
| \`increase(journalbridge_rejected_entries[1h]) > 0\` | A destination has refused entries for good; they are dead letters. |
| \`increase(journalbridge_state_save_failures[10m]) > 0\` | After a crash, entries would be sent again. |
| \`absent(journalbridge_rss_bytes)\` | journalbridge is not running, or its metrics do not get here. |
`;

/** The text of `docs/metrics.md`: every metric with its tags, and when it is sent. */
export function metricsPage(): string {
  const entries = Object.entries<MetricDeclaration>(metricsTable);
  const own = entries.filter(([name]) => name.startsWith('journalbridge.'));
  const inherited = entries.filter((entry) => !own.includes(entry));
  return [
    INTRO,
    '## Metrics of journalbridge\n',
    tableOf(own),
    '## Metrics that journalpump has, too\n',
    "Names and tags are journalpump's, so that dashboards and alerts go on working.\n",
    tableOf(inherited),
    '## Metrics of searches\n',
    'Each hit of a search counts one for the counter that is named as the search, with the named groups and the `tags` of',
    'the search, and `reader`. White space, `|`, `:` and `,` in the name become `_`.\n',
    '## Tags\n',
    tagTable(),
    PROMETHEUS,
  ].join('\n');
}

function tableOf(entries: readonly (readonly [string, MetricDeclaration])[]): string {
  const rows = entries.map(([name, { type, unit, tags, when, meaning }]) => {
    const tagList = tags.map((tag) => `\`${tag}\``).join(', ');
    return `| \`${name}\` | ${type} | ${unit} | ${tagList === '' ? '–' : tagList} | ${when} | ${meaning} |`;
  });
  return [
    '| Metric | Type | Unit | Tags | Sent | Meaning |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function tagTable(): string {
  const rows = Object.entries(tagMeanings).map(([tag, meaning]) => `| \`${tag}\` | ${meaning} |`);
  return ['| Tag | Value |', '| --- | --- |', ...rows, ''].join('\n');
}

if (import.meta.main) writeFileSync(METRICS_FILE, metricsPage());
