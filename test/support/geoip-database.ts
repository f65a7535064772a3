/**
 * A MaxMind city database (maxmind.github.io/MaxMind-DB) with one place in it, which all IPv4 addresses below 128.0.0.0
 * have; the others are unknown.
 */
export function geoipDatabase(latitude: number, longitude: number): Buffer {
  const place = map({ location: map({ latitude: double(latitude), longitude: double(longitude) }) });
  const separator = Buffer.alloc(16);
  const metadata = map({
    node_count: integer(1),
    record_size: integer(24),
    ip_version: integer(4),
    database_type: string('Test-City'),
    binary_format_major_version: integer(2),
    binary_format_minor_version: integer(0),
    build_epoch: integer(0),
    languages: Buffer.from([0x00, 0x04]),
    description: map({}),
  });
  return Buffer.concat([tree(), separator, place, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata]);
}

/** One node: addresses that begin with a 0 bit lead to the first data, the others to nothing. */
function tree(): Buffer {
  const nodeCount = 1;
  return Buffer.from([0, 0, nodeCount + 16, 0, 0, nodeCount]);
}

function map(members: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(members).flatMap(([key, value]) => [string(key), value]);
  return Buffer.concat([Buffer.from([0xe0 | Object.keys(members).length]), ...entries]);
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  const size = bytes.length < 29 ? [0x40 | bytes.length] : [0x5d, bytes.length - 29];
  return Buffer.concat([Buffer.from(size), bytes]);
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(9, 0x68);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function integer(value: number): Buffer {
  return Buffer.from([0xa2, value >> 8, value & 0xff]);
}
