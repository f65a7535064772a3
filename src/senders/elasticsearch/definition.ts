import { object } from '../../config/dialect.ts';
import { endpointsOf } from '../endpoint.ts';
import type { SenderDefinition } from '../sender-definition.ts';
import { doubtsOf, faultsOf } from './faults.ts';
import { namingOf } from './naming.ts';
import { declaredOptions, ENGINE_NAMES, searchOptions } from './options.ts';
import type { Engine } from './options.ts';

/** The `elasticsearch` sender: bulk requests to Elasticsearch. */
export const elasticsearchSender = definitionOf('elasticsearch', 'ElasticsearchSender');

/** The `opensearch` sender: the same for OpenSearch. */
export const opensearchSender = definitionOf('opensearch', 'OpenSearchSender');

function definitionOf(engine: Engine, stateType: string): SenderDefinition {
  const name = ENGINE_NAMES[engine];
  return {
    type: engine,
    stateType,
    summary: `Indexes entries in ${name}, each under an id made from its cursor, so that none is there twice, and acknowledges them once ${name} has stored them.`,
    options: object(declaredOptions(engine), { description: `Indexes entries in ${name}.` }),
    defaultSendInterval: 10,
    head: (own) => namingOf(searchOptions(engine, own)).fields,
    endpoints: (own) => {
      const { url, ...tls } = searchOptions(engine, own);
      return [url].flat().flatMap((address) => endpointsOf(address, tls));
    },
    faults: (own) => faultsOf(engine, searchOptions(engine, own)),
    doubts: (own) => doubtsOf(engine, searchOptions(engine, own)),
    async create(own, context) {
      const { createSearchSender } = await import('./search-sender.ts');
      return createSearchSender(engine, searchOptions(engine, own), context);
    },
  };
}
