import { endpointsOf } from '../endpoint.ts';
import type { SenderDefinition } from '../sender-definition.ts';
import { optionFaults } from './faults.ts';
import { ownPlaces } from './own-places.ts';
import { gulpOptions } from './options.ts';

/** What dead letters are marked with, so that they find their operation again. */
const OPERATION_MARK = 'GULP_OPERATION_ID';

/** The `gulp` sender: a bridge that hosts tasks. */
export const gulpSender: SenderDefinition<typeof gulpOptions> = {
  type: 'gulp',
  stateType: 'GulpSender',
  summary:
    'Is a bridge of Gulp: brings entries, mapped to ECS, into the operations whose tasks are started there, and acknowledges them once their documents are counted as stored.',
  options: gulpOptions,
  defaultSendInterval: 1,
  head: () => [OPERATION_MARK],
  endpoints: (own) => endpointsOf(own.url_server, own),
  faults: optionFaults,
  exclusive: ownPlaces,
  async host(own, context) {
    const { createGulpHost } = await import('./gulp-host.ts');
    return createGulpHost(own, context);
  },
  async create(own, context) {
    const { createLooseSender } = await import('./loose-sender.ts');
    return createLooseSender(own, context);
  },
};
