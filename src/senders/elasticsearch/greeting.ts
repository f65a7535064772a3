import type { Asker } from './client.ts';
import { Failure } from './failure.ts';

interface Greeting {
  readonly version?: { readonly number?: unknown; readonly distribution?: unknown };
}

/** Before it there were no composable index templates. */
const OLDEST = 7;

/**
 * Makes sure that a server is there that knows us and that we know. Throws Failure. Whoever may only write documents may
 * not ask for the version, and some servers do not tell it: then the first batch will show.
 */
export async function greet(asker: Asker, signal: AbortSignal): Promise<void> {
  const answer = await asker.ask({ method: 'GET', path: '/' }, signal).catch((error: unknown) => {
    if (error instanceof Failure && isNoAnswer(error)) return undefined;
    throw error;
  });
  if (answer === undefined || answer === null) return;
  const version = (answer as Greeting).version;
  if (typeof version?.number !== 'string')
    throw new Failure('gone', 'what answers there is neither Elasticsearch nor OpenSearch; is it behind a proxy?');
  const isOpenSearch = version.distribution === 'opensearch';
  if (!isOpenSearch && Number.parseInt(version.number) < OLDEST)
    throw new Failure('gone', `it is Elasticsearch ${version.number.slice(0, 20)}; it takes ${OLDEST}.8 or newer`);
}

function isNoAnswer({ kind, status }: Failure): boolean {
  return (kind === 'denied' && status === 403) || kind === 'refused';
}
