import { lstatSync, writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { BulkAnswer, BulkTask, WriteTask } from './bulk.ts';
import { messageOf, systemCodeOf } from '../../errors.ts';
import { identityOf } from './file-record.ts';

// A thread of its own: these calls wait for the disk, and one by one they cost much less than what hands them to a pool.

parentPort!.on('message', (task: BulkTask) => {
  const answer: BulkAnswer = task.kind === 'look' ? task.paths.map(lookAt) : writeAll(task);
  parentPort!.postMessage(answer);
});

/** Identity and size; empty for what is no file, not there or not to be seen. */
function lookAt(path: string): string {
  try {
    const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return found?.isFile() === true ? `${identityOf(found)} ${found.size}` : '';
  } catch {
    return ''; // whoever opens it finds out why
  }
}

function writeAll({ fds, ends, bytes }: WriteTask): BulkAnswer {
  let at = 0;
  for (let i = 0; i < fds.length; i++) {
    try {
      while (at < ends[i]!) at += writeSync(fds[i]!, bytes, at, ends[i]! - at);
    } catch (error) {
      return { failed: i, code: systemCodeOf(error), message: messageOf(error) };
    }
  }
  return undefined;
}
