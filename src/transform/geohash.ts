const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
const BITS = 5;

/**
 * The geohash of a place (Gustavo Niemeyer's public-domain system, as Wikipedia's "Geohash" describes it): the bits of
 * longitude and latitude in turn, each halving what is left, five to a character.
 */
export function geohash(latitude: number, longitude: number, precision: number): string {
  const east: [number, number] = [-180, 180];
  const north: [number, number] = [-90, 90];
  let text = '';
  for (let bit = 0, index = 0; text.length < precision;) {
    const isEast = bit % 2 === 0;
    index = index * 2 + halve(isEast ? east : north, isEast ? longitude : latitude);
    if (++bit % BITS !== 0) continue;
    text += ALPHABET[index]!;
    index = 0;
  }
  return text;
}

/** Narrows the range to the half that the value lies in: 1 for the upper one. */
function halve(range: [number, number], value: number): 0 | 1 {
  const middle = (range[0] + range[1]) / 2;
  const isUpper = value >= middle;
  range[isUpper ? 0 : 1] = middle;
  return isUpper ? 1 : 0;
}
