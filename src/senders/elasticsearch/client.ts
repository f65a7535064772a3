import { Client } from '@elastic/elasticsearch';
import { Transport } from '@elastic/transport';
import type { TransportOptions } from '@elastic/transport/lib/Transport.js';
import { constants, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { keepSecret } from '../../secrets.ts';
import { readTls } from '../tls.ts';
import { ExplainedConnection } from './connection.ts';
import type { SearchOptions } from './options.ts';
import { AnswerError, failureOf } from './failure.ts';

/** What is asked of a server. */
interface Question {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: object;
  /** A body of lines, as it goes over the wire. */
  readonly lines?: Buffer;
}

/** Asks and returns the body of a good answer, parsed if it is JSON; throws Failure. */
export interface Asker {
  ask(question: Question, signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

const compress = promisify(gzip);
/** Kept shorter than what balancers allow, which drop idle connections without a word. */
const KEEP_ALIVE_MS = 30_000;
const SMALLEST_COMPRESSED = 1024;

/**
 * The client's transport without the check that it talks to Elastic's own product, and with media types that every
 * version of Elasticsearch and of OpenSearch takes.
 */
class PlainTransport extends Transport {
  constructor({ productCheck: _, ...options }: TransportOptions) {
    super({
      ...options,
      vendoredHeaders: {
        jsonContentType: 'application/json',
        ndjsonContentType: 'application/x-ndjson',
        accept: 'application/json,text/plain',
      },
    });
  }
}

/** Opens nothing yet, but reads the files of certificates. Throws NotConnectedError when it cannot. */
export async function createAsker(options: SearchOptions): Promise<Asker> {
  const tls = await readTls(options);
  const isCompressed = options.compression === 'gzip';
  const client = new Client({
    nodes: [options.url].flat().map((address) => nodeOf(address, options)),
    tls,
    Connection: ExplainedConnection,
    Transport: PlainTransport,
    maxRetries: 0,
    requestTimeout: options.timeout * 1000,
    agent: { keepAliveTimeout: KEEP_ALIVE_MS },
    enableMetaHeader: false,
    headers: { 'user-agent': 'journalbridge', ...(isCompressed && { 'accept-encoding': 'gzip' }) },
  });
  const ask = async ({ method, path, query = {}, json, lines }: Question, signal: AbortSignal): Promise<unknown> => {
    const isSmall = lines === undefined || lines.length < SMALLEST_COMPRESSED;
    const packed = isCompressed && !isSmall ? await compress(lines, { level: constants.Z_BEST_SPEED }) : undefined;
    try {
      const { body, statusCode, headers } = await client.transport.request(
        { method, path, querystring: query, ...(json && { body: json }), ...(lines && { bulkBody: packed ?? lines }) },
        { meta: true, signal, ...(packed && { headers: { 'content-encoding': 'gzip' } }) },
      );
      if (statusCode < 300) return body;
      throw new AnswerError({ statusCode, body, headers });
    } catch (error) {
      throw failureOf(error, signal);
    }
  };
  return { ask, close: () => client.close() };
}

/** One node: its address without the login, and the login as a header. */
function nodeOf(address: string, options: SearchOptions): { url: URL; headers: Record<string, string> } {
  const url = new URL(address);
  const authorization = authorizationOf(url, options);
  url.username = '';
  url.password = '';
  return { url, headers: authorization === undefined ? {} : { authorization } };
}

function authorizationOf(url: URL, { api_key, user, password }: SearchOptions): string | undefined {
  if (api_key !== undefined) {
    keepSecret(api_key);
    return `ApiKey ${api_key}`;
  }
  const name = user ?? decodeURIComponent(url.username);
  if (name === '') return undefined;
  const secret = password ?? decodeURIComponent(url.password);
  const login = Buffer.from(`${name}:${secret}`).toString('base64');
  // What a careless server may repeat in an answer.
  if (secret !== '') for (const each of [secret, login]) keepSecret(each);
  return `Basic ${login}`;
}
