import { parseArgs } from 'node:util';
import { GulpManager } from './manager.ts';

/**
 * A manager as a process of its own: `node test/support/gulp/serve.ts --port 8080 --operation case --user bridge`.
 * Writes its URL as the first line; ends with SIGTERM or SIGINT. Users get the password `Bridge-Pass1`.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    operation: { type: 'string', multiple: true, default: ['test_operation'] },
    user: { type: 'string', multiple: true, default: [] },
    lost: { type: 'boolean', default: false },
    'counter-delay-ms': { type: 'string', default: '1-5' },
    'forget-documents': { type: 'boolean', default: false },
  },
});

const [least = 1, most = least] = values['counter-delay-ms'].split('-').map(Number);
const manager = await GulpManager.start({
  port: Number(values.port),
  counterDelayMs: [least, most],
  isLost: values.lost,
  keepsDocuments: !values['forget-documents'],
  ...(values['forget-documents'] && { keepsRequests: 50 }),
});
for (const operation of values.operation) manager.addOperation(operation);
for (const user of values.user) manager.addUser(user, { operations: values.operation });
process.stdout.write(`${manager.url}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void manager[Symbol.asyncDispose]());
}
