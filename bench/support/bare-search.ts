import { Client } from '@elastic/elasticsearch';
import { Transport } from '@elastic/transport';
import { readFileSync } from 'node:fs';
import { argv, cpuUsage, stdout } from 'node:process';

// What the client library can do at best: ready-made requests of 1 MiB, two at a time. Says what sending them took.

const REQUEST_BYTES = 1_048_576;
const IN_FLIGHT = 2;
const [url, file] = argv.slice(2) as [string, string];

class PlainTransport extends Transport {
  constructor({ productCheck: _, ...options }: ConstructorParameters<typeof Transport>[0]) {
    const vendoredHeaders = { jsonContentType: 'application/json', ndjsonContentType: 'application/x-ndjson' };
    super({ ...options, vendoredHeaders });
  }
}

const client = new Client({ node: url, Transport: PlainTransport, maxRetries: 0 });
const bodies = requestsOf(readFileSync(file));
const begin = performance.now();
const before = cpuUsage();
await Promise.all(Array.from({ length: IN_FLIGHT }, sendAll));
const { user, system } = cpuUsage(before);
stdout.write(JSON.stringify({ wallSeconds: (performance.now() - begin) / 1000, cpuSeconds: (user + system) / 1e6 }));

async function sendAll(): Promise<void> {
  for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
    const querystring = { filter_path: 'errors,items.*.status' };
    const answer = await client.transport.request<{ errors: boolean }>({
      method: 'POST',
      path: '/_bulk',
      querystring,
      bulkBody: body,
    });
    if (answer.errors) throw new Error('the server refused some');
  }
}

function requestsOf(lines: Buffer): Buffer[] {
  const requests: Buffer[] = [];
  let pieces: Buffer[] = [];
  let size = 0;
  for (let start = 0, n = 0; start < lines.length; n++) {
    const end = lines.indexOf(0x0a, start) + 1;
    const id = String(n).padStart(27, '0');
    pieces.push(Buffer.from(`{"create":{"_index":"bare-2026-01-01","_id":"${id}"}}\n`), lines.subarray(start, end));
    size += 80 + end - start;
    start = end;
    if (size < REQUEST_BYTES && start < lines.length) continue;
    requests.push(Buffer.concat(pieces));
    pieces = [];
    size = 0;
  }
  return requests;
}
