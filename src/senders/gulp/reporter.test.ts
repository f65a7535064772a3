import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GulpManager } from '../../../test/support/gulp/manager.ts';
import { ScriptedBridge } from '../../../test/support/gulp/scripted-bridge.ts';
import { until } from '../../../test/support/until.ts';
import { createLog } from '../../telemetry/log.ts';
import { Client } from './client.ts';
import type { GulpOptions } from './options.ts';
import { Reporter } from './reporter.ts';
import type { TaskRecord } from './task-record.ts';

const PASSWORD = 'Bridge-Pass1';

test('an end that may not be told at first is told once somebody grants it', { timeout: 180_000 }, async () => {
  await using manager = await GulpManager.start();
  await using scripted = await ScriptedBridge.start();
  manager.addOperation('op1');
  manager.addUser('bridge', { password: PASSWORD, operations: ['op1'] });
  const logged: string[] = [];
  const log = createLog({ write: (line) => logged.push(line) });
  const client = new Client({ url_server: manager.url, user_id: 'bridge', password: PASSWORD } as GulpOptions, log);
  const { id } = manager.bridges.register(manager.sessions.users.get('bridge')!, 'one', scripted.url, 'token');
  const task = await manager.createStartIngestion(id, 'op1');
  const record = { id: task, status: 'done', error: '', reported: '' } as TaskRecord;
  const [gone, ending] = [[] as string[], new AbortController()];
  const reporter = new Reporter({
    client,
    log,
    views: () => [{ record, isRunning: true, standing: undefined }],
    gone: ({ id: lost }) => Promise.resolve(void gone.push(lost)),
    saved: () => Promise.resolve(),
  });
  const running = reporter.run(ending.signal);
  await until(() => logged.some((line) => line.includes('may not tell Gulp')), { what: 'a warning' });

  manager.listTasks()[0]!.granted_user_ids.push('bridge');
  await until(() => manager.listTasks()[0]!.status === 'done', { what: 'the end in Gulp' });
  await until(() => record.reported === 'done', { what: 'the end of the report' });

  assert.deepEqual(gone, []);
  assert.equal(logged.length, 1);
  ending.abort();
  await running;
  await client.close();
});
