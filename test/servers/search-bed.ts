import type { TestContext } from 'node:test';
import { makeSender } from '../support/search-sender.ts';
import { SearchServer, type SearchEngine } from '../support/search-server.ts';

/** What the tests run against: either engine, and an old and a new OpenSearch. */
export const RELEASES = ['elasticsearch', 'opensearch', 'opensearch3'] as const;

/** A real server, and how its senders are configured. */
export interface SearchBed extends AsyncDisposable {
  readonly release: (typeof RELEASES)[number];
  readonly engine: SearchEngine;
  readonly server: SearchServer;
  /** The config of a sender with keys of its own. */
  readonly keys: (own: object) => Record<string, unknown>;
  /** A sender by itself. */
  readonly senderFor: (own: object) => ReturnType<typeof makeSender>;
  readonly prefixed: (prefix: string, own?: object) => object;
}

/** A test that takes a server; the tests of a release share one, and run in the order of their list. */
export interface SearchCase {
  readonly title: string;
  readonly isFor?: (bed: SearchBed) => boolean;
  readonly run: (t: TestContext, bed: SearchBed) => Promise<void>;
}

export async function openSearchBed(release: SearchBed['release']): Promise<SearchBed> {
  const engine = release === 'opensearch3' ? 'opensearch' : release;
  const server = await SearchServer.start(engine, {
    settings: ['http.max_content_length: 256kb'],
    ...(release === 'opensearch3' && { release }),
  });
  const ownKeys = (own: object) => ({ [`${engine}_url`]: server.url, ...own });
  return {
    release,
    engine,
    server,
    keys: (own) => ({ output_type: engine, max_send_interval: 0.1, ...ownKeys(own) }),
    senderFor: (own) => makeSender(engine, ownKeys(own)),
    prefixed: (prefix, own = {}) => ({ [`${engine}_index_prefix`]: prefix, ...own }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The config of a daemon with one reader. */
export function configOf(journal_path: string, senders: object, json_state_file_path?: string): object {
  return { json_state_file_path, readers: { sys: { journal_path, senders } } };
}
