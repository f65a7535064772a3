import { readFileSync } from 'node:fs';
import { Reader, validate, type CityResponse } from 'maxmind';
import { messageOf } from '../errors.ts';

/** Where addresses are. */
export interface GeoIp {
  /** Undefined for what is no address, or none that is known. */
  locate(address: string): { readonly latitude: number; readonly longitude: number } | undefined;
}

/** Opens a MaxMind city database; throws an Error that names the file and what is wrong with it. */
export function openGeoIp(file: string): GeoIp {
  const reader = read(file);
  return {
    locate: (address) => (validate(address) ? reader.get(address)?.location : undefined),
  };
}

function read(file: string): Reader<CityResponse> {
  try {
    return new Reader<CityResponse>(readFileSync(file));
  } catch (error) {
    throw new Error(`${file} cannot be used as a GeoIP database: ${messageOf(error)}`, { cause: error });
  }
}
