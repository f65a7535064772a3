import { SearchServer, type SearchEngine } from '../support/search-server.ts';
import { Toxiproxy } from '../support/toxiproxy.ts';
import { SpoiltLink, type Destination } from './destination.ts';
import { isUnmappable } from './entries.ts';
import { Tally } from './tally.ts';

const TIMEOUT_S = 10;
const FIELDS = ['SEQ', 'MESSAGE', 'ARGUMENTS'];
/** What a server does to its indices when its disk is nearly full. */
const FLOOD_STAGE = 'index.blocks.read_only_allow_delete';

/** A real Elasticsearch or OpenSearch; field ODD of its indices takes numbers only. */
export async function openSearchDestination(engine: SearchEngine): Promise<Destination> {
  const server = await SearchServer.start(engine);
  await server.ask('PUT', '/_index_template/soak', TEMPLATE);
  const proxy = await Toxiproxy.start(`127.0.0.1:${server.port}`);
  const link = new SpoiltLink(proxy);
  let revive: (() => Promise<unknown>) | undefined;
  const block = (isOn: boolean) => server.ask('PUT', '/soak-*/_settings', { [FLOOD_STAGE]: isOn ? true : null });
  return {
    name: engine,
    config: {
      output_type: engine,
      [`${engine}_url`]: `http://${proxy.address}`,
      [`${engine}_timeout`]: TIMEOUT_S,
      [`${engine}_index_prefix`]: 'soak',
    },
    failures: {
      killed: async () => {
        await server.kill();
        revive = () => server.restart();
      },
      hangs: async () => {
        await server.signal('SIGSTOP');
        revive = () => server.signal('SIGCONT');
      },
      slow: () => link.slow(),
      refuses: async () => {
        await block(true);
        revive = () => block(false);
      },
      'resets after the request': () => link.resetAnswers(),
    },
    heal: async () => {
      await link.heal();
      await revive?.();
      revive = undefined;
    },
    tallies: async () => [await tallyOf(engine, server)],
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const TEMPLATE = {
  index_patterns: ['soak-*'],
  template: {
    settings: { number_of_shards: 1, number_of_replicas: 0 },
    mappings: { date_detection: false, properties: { SEQ: { type: 'keyword' }, ODD: { type: 'long' } } },
  },
};

async function tallyOf(engine: SearchEngine, server: SearchServer): Promise<Tally> {
  const tally = new Tally({ name: engine, refuses: isUnmappable, isOrdered: false });
  for await (const { source } of server.eachDocument('soak-*', { fields: FIELDS })) tally.take(JSON.stringify(source));
  return tally;
}
