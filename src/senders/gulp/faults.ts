import { tlsFaults } from '../tls.ts';
import type { GulpOptions } from './options.ts';
import { customParametersOf } from './static-task.ts';
import { readTask } from './task-parameters.ts';

/** What is wrong between options that are right by themselves. */
export function optionFaults(own: GulpOptions): { key: string; message: string }[] {
  const unreadable = (['url_server', 'bridge_url'] as const).filter((key) => !URL.canParse(own[key] ?? 'http://none'));
  return [
    ...tlsFaults(own),
    ...unreadable.map((key) => ({ key, message: 'is no address that can be understood: look at its host and port' })),
    ...(unreadable.includes('bridge_url') ? [] : bridgeFaults(own)),
    ...taskFaults(own),
  ];
}

function bridgeFaults({ bridge_url: url, bridge_port: port, certfile, tasks }: GulpOptions): {
  key: string;
  message: string;
}[] {
  if (url === undefined) {
    return tasks.length > 0
      ? []
      : [{ key: 'bridge_url', message: 'is missing, and there are no "tasks": nothing would ever be sent' }];
  }
  const faults = [];
  if (port === undefined && !hasPort(url))
    faults.push({ key: 'bridge_port', message: 'is missing: "bridge_url" names no port' });
  if (port !== undefined && hasPort(url) && Number(new URL(url).port) !== port)
    faults.push({ key: 'bridge_port', message: 'is not the port that "bridge_url" names; leave one of them out' });
  if (certfile !== undefined && url.startsWith('http:'))
    faults.push({
      key: 'bridge_url',
      message: 'must begin with https:// as there is a "certfile": the control API then speaks TLS',
    });
  return faults;
}

function taskFaults({ tasks }: GulpOptions): { key: string; message: string }[] {
  return tasks.flatMap((task, i) => {
    try {
      readTask(customParametersOf(task), Date.now() * 1000);
      return [];
    } catch (error) {
      return [{ key: 'tasks', message: `${i}: ${(error as Error).message}` }];
    }
  });
}

function hasPort(url: string): boolean {
  return URL.canParse(url) && new URL(url).port !== '';
}
