import { geohash } from './geohash.ts';
import type { GeoIp } from './search-geoip.ts';

/** A tag's value, made from the tags so far; undefined where there is none for this entry. */
export type TagValue = (tags: ReadonlyMap<string, string>) => string | undefined;

const DEFAULT_PRECISION = 8;
const MAX_PRECISION = 12;

/** Parses a tag's value as it is configured: a text, or a call when it has parentheses. Throws an Error with a sentence. */
export function parseTagValue(value: string | number, geoip: GeoIp | undefined): TagValue {
  const text = String(value);
  if (!/[()]/.test(text)) return () => text;
  const call = /^\s*([a-z_]+)\(([^()]*)\)\s*$/.exec(text);
  if (call === null) throw new Error(`${JSON.stringify(text)} is no call of a function, as \`ip_to_geohash(tag)\` is`);
  const [, name, args] = call as unknown as [string, string, string];
  if (name !== 'ip_to_geohash') throw new Error(`${JSON.stringify(name)} is no function; there is \`ip_to_geohash\``);
  return ipToGeohash(args, geoip);
}

function ipToGeohash(args: string, geoip: GeoIp | undefined): TagValue {
  const [tag = '', precisionText = String(DEFAULT_PRECISION), ...more] = args.split(',').map((arg) => arg.trim());
  const precision = Number(precisionText);
  if (tag === '' || more.length > 0 || !Number.isInteger(precision) || precision < 1 || precision > MAX_PRECISION) {
    throw new Error(
      `ip_to_geohash takes the name of a tag and a number of characters from 1 to ${MAX_PRECISION}, not (${args})`,
    );
  }
  if (geoip === undefined)
    throw new Error('ip_to_geohash needs a GeoIP database: set `geoip_database` at the top level');
  return (tags) => {
    const place = geoip.locate(tags.get(tag) ?? '');
    return place && geohash(place.latitude, place.longitude, precision);
  };
}
