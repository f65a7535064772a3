import { stat } from 'node:fs/promises';
import type { ConfigFault } from '../../../errors.ts';
import { summaryOf } from '../../check/check.ts';
import { fail, ok, warn, type Finding } from '../check.ts';
import type { Facts } from '../facts.ts';

const WRITABLE_BY_OTHERS = 0o002;

/** Whether the config can be used, and what is odd about it. */
export async function findConfigFaults({ configPath, config, faults, warnings }: Facts): Promise<Finding[]> {
  const summary = config === undefined ? [] : [ok(configPath, summaryOf(config))];
  return [
    ...summary,
    ...faults.map((fault) => fail(subjectOf(fault, configPath), textOf(fault, configPath), REMEDY)),
    ...warnings.map((warning) => warn(subjectOf(warning, configPath), warning.message)),
    ...(await lookAtMode(configPath)),
  ];
}

const REMEDY = 'mend it, then ask `journalbridge check`';

async function lookAtMode(path: string): Promise<Finding[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || (found.mode & WRITABLE_BY_OTHERS) === 0) return [];
  return [warn(path, 'every user may change it, and so what is shipped to where', 'chmod it to 0640')];
}

function subjectOf({ path }: ConfigFault, configPath: string): string {
  return path === '' ? configPath : path;
}

/** Of a fault of the file itself, the message begins with its name. */
function textOf({ path, message }: ConfigFault, configPath: string): string {
  return path === '' && message.startsWith(`${configPath}: `) ? message.slice(configPath.length + 2) : message;
}
