import { anyOf, integer, map, number, object, text, withDefault } from '../dialect.ts';
import { labels } from './shared.ts';

const tagValue = anyOf([text({ description: 'A text.', mayBeEmpty: true }), number({ description: 'A number.' })], {
  description: 'The value of a tag.',
});

const statsd = object(
  {
    host: text({ description: 'The name or address of the statsd server.' }),
    port: integer({
      description: 'The UDP port of the statsd server. Without `host` or `port`, metrics are off.',
      minimum: 1,
      maximum: 65_535,
    }),
    path: text({ description: 'A Unix datagram socket to send to in place of `host` and `port`.' }),
    prefix: withDefault(
      '',
      text({ description: 'Put in front of every name; a dot between must be part of it.', mayBeEmpty: true }),
    ),
    tags: withDefault({}, map(tagValue, { description: 'Tags of every metric.', names: labels })),
  },
  { description: 'Where metrics go, as statsd packets with Telegraf tags.' },
);

/** What is told about the work: metrics and what they need. */
export const telemetry = {
  statsd,
  tags: withDefault(
    {},
    map(tagValue, { description: 'Tags of the metrics of every reader and sender.', names: labels }),
  ),
  geoip_database: text({
    description: 'A MaxMind database of cities, for the function `ip_to_geohash` in the tags of `searches`.',
  }),
};
