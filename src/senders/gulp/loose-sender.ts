import { NotConnectedError, RejectedError, RetryableError, type Rejection } from '../../errors.ts';
import { readHead } from '../heads.ts';
import type { Batch, Sender, SenderContext } from '../sender.ts';
import { Client } from './client.ts';
import type { GulpOptions } from './options.ts';
import { shippingOf } from './shipping.ts';
import { createPostSlots } from './post-slots.ts';
import { createTaskSender } from './task-sender.ts';

/** Makes what sends dead letters again, each to the operation that it was for, and what tries the connection. */
export function createLooseSender(options: GulpOptions, { log }: SenderContext): Sender {
  const client = new Client(options, log);
  const slots = createPostSlots();
  const senders = new Map<string, Sender>();
  const senderOf = (operationId: string): Sender => {
    const sender =
      senders.get(operationId) ?? createTaskSender(shippingOf(options, { client, slots }, { operationId }));
    senders.set(operationId, sender);
    return sender;
  };
  return {
    connect: async (signal) => {
      await client.session.open(signal);
    },
    send: async (batch, signal) => {
      const left = new Set(batch.ends.keys());
      for (const [operation, indices] of operationsIn(batch)) {
        if (operation === '') throw ofNoOperation(indices, left);
        try {
          await senderOf(operation).send(picked(batch, indices), signal);
        } catch (error) {
          throw inTermsOfAll(error, indices, left);
        }
        for (const index of indices) left.delete(index);
      }
    },
    close: () => client.close(),
    probe: async (signal) => {
      // A login would end the session of the daemon that runs.
      const answer = await client.greet(signal);
      if (answer.status >= 500) throw new NotConnectedError(`${client.destination}: it answered ${answer.status}`);
      if (answer.body === undefined)
        throw new NotConnectedError(`${client.destination}: it answered ${answer.status} with no JSON; is it Gulp?`);
    },
  };
}

function operationsIn(batch: Batch): Map<string, number[]> {
  const operations = new Map<string, number[]>();
  for (let i = 0; i < batch.ends.length; i++) {
    const operation = readHead(batch, i).values[0] ?? '';
    operations.set(operation, [...(operations.get(operation) ?? []), i]);
  }
  return operations;
}

/** These payloads as a batch of their own. */
function picked(batch: Batch, indices: readonly number[]): Batch {
  const payloads = indices.map((i) => batch.bytes.subarray(i === 0 ? 0 : batch.ends[i - 1]!, batch.ends[i]));
  let end = 0;
  const ends = Uint32Array.from(payloads, ({ length }) => (end += length));
  return { bytes: Buffer.concat(payloads), ends, last: batch.last };
}

function ofNoOperation(indices: readonly number[], left: Set<number>): RejectedError {
  const reason = 'it is not known which operation it was for';
  for (const index of indices) left.delete(index);
  const rejected: Rejection[] = indices.map((index) => ({ index, reason }));
  return new RejectedError(reason, rejected, { remaining: [...left] });
}

/** The error about some payloads, as one about the batch that they are from; `left`: what is not accepted of it. */
function inTermsOfAll(error: unknown, indices: readonly number[], left: Set<number>): unknown {
  if (!(error instanceof RejectedError || error instanceof RetryableError)) return error;
  const rejected = error instanceof RejectedError ? error.rejected : [];
  const open = new Set([...(error.remaining ?? indices.keys())]);
  for (const [i, index] of indices.entries()) if (!open.has(i)) left.delete(index);
  const remaining = [...left];
  if (error instanceof RetryableError) {
    const ErrorClass = error.constructor as typeof RetryableError;
    const about = error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs };
    return new ErrorClass(error.message, { ...about, remaining });
  }
  const mapped = rejected.map(({ index, reason }) => ({ index: indices[index]!, reason }));
  return new RejectedError(error.message, mapped, { remaining });
}
