import type { MetricDeclaration } from './metric-declaration.ts';
import { inheritedMetrics } from './metrics-inherited.ts';
import { ownMetrics } from './metrics-own.ts';

/** Every metric there is, but those that searches define: they are named as the user names them. */
export const metricsTable = { ...inheritedMetrics, ...ownMetrics };

/** The name of a metric of the table. */
export type MetricName = keyof typeof metricsTable;

type NamesOf<T extends MetricDeclaration['type']> = {
  [N in MetricName]: (typeof metricsTable)[N]['type'] extends T ? N : never;
}[MetricName];

/** The name of a metric that says how something is. */
export type GaugeName = NamesOf<'gauge'>;

/** The name of a metric that says how often something happened. */
export type CounterName = NamesOf<'counter'>;
