import { createLog } from '../../telemetry/log.ts';
import { Notify, takeNotifyRequest } from '../../telemetry/notify.ts';
import type { RunEvents } from './run.ts';
import { Supervision } from './supervision.ts';

/** Who tells the service manager that the environment names, if it names one. */
export async function supervise(env: NodeJS.ProcessEnv): Promise<RunEvents> {
  const request = takeNotifyRequest(env);
  if (request === undefined) return {};
  const log = createLog();
  const notify = await Notify.open(request.address, log);
  if (notify === undefined) return {};
  const supervision = new Supervision({ notify, watchdogMs: request.watchdogMs, log });
  return {
    ready: (bridge) => {
      supervision.ready(bridge);
    },
    reloading: () => {
      supervision.reloading();
    },
    stopping: () => {
      supervision.stopping();
    },
  };
}
