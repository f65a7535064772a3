import assert from 'node:assert/strict';
import { RejectedError, RetryableError } from '../../src/errors.ts';
import { headedBatch, messages } from '../support/search-sender.ts';
import type { SearchCase } from './search-bed.ts';

const { signal } = new AbortController();

const BLOCKS = [
  { what: 'read-only', block: { 'index.blocks.write': true }, unblock: { 'index.blocks.write': null } },
  {
    what: 'closed by the flood stage of a full disk',
    block: { 'index.blocks.read_only_allow_delete': true },
    unblock: { 'index.blocks.read_only_allow_delete': null },
  },
];

const blocked = BLOCKS.map(({ what, block, unblock }): SearchCase => ({
  title: `an index that is ${what} refuses nothing for good`,
  run: async (_t, { server, senderFor, prefixed }) => {
    const name = `blocked-${what.split(' ')[0]!}`;
    await server.ask('PUT', `/${name}-2026-11-20`);
    await server.ask('PUT', `/${name}-2026-11-20/_settings`, block);
    const { sender } = await senderFor(prefixed(name));
    await using _ = sender;
    await sender.connect(signal);
    const batch = headedBatch(messages('1', '2'));

    await assert.rejects(sender.send(batch, signal), (error) => {
      assert.ok(error instanceof RetryableError);
      assert.match(error.message, /until somebody mends the index or the cluster|cannot take more/);
      return true;
    });
    await server.ask('PUT', `/${name}-2026-11-20/_settings`, unblock);
    await sender.send(batch, signal);

    assert.equal(await server.count(`${name}-*`), 2);
  },
}));

/** What is refused for good, and what only for now. */
export const refusals: readonly SearchCase[] = [
  {
    title: 'what a mapping does not take is refused with the reason, the rest is stored',
    run: async (_t, { server, senderFor, prefixed }) => {
      const mappings = { dynamic: 'strict', properties: { MESSAGE: { type: 'long' }, timestamp: { type: 'date' } } };
      await server.ask('PUT', '/conflict-2026-11-20', { mappings });
      const { sender } = await senderFor(prefixed('conflict'));
      await using _ = sender;
      await sender.connect(signal);

      await assert.rejects(sender.send(headedBatch(messages('1', 'hunter2 is secret', '3')), signal), (error) => {
        assert.ok(error instanceof RejectedError);
        assert.deepEqual(
          error.rejected.map(({ index }) => index),
          [1],
        );
        assert.match(
          error.rejected[0]!.reason,
          /parsing_exception: .*failed to parse field \[MESSAGE\] of type \[long\]/,
        );
        assert.doesNotMatch(error.rejected[0]!.reason + error.message, /hunter2/);
        return true;
      });

      assert.equal(await server.count('conflict-*'), 2);
    },
  },
  ...blocked,
  {
    title: 'a closed index refuses nothing for good',
    run: async (_t, { server, senderFor, prefixed }) => {
      await server.ask('PUT', '/closed-2026-11-20');
      await server.ask('POST', '/closed-2026-11-20/_close');
      const { sender } = await senderFor(prefixed('closed'));
      await using _ = sender;
      await sender.connect(signal);

      await assert.rejects(
        sender.send(headedBatch(messages('1')), signal),
        /closed.*until somebody mends|until somebody mends.*closed/,
      );
    },
  },
  {
    title: 'requests that the server finds too large come in halves, an entry that is too large alone is refused',
    run: async (_t, { server, senderFor, prefixed }) => {
      const { sender } = await senderFor(prefixed('large'));
      await using _ = sender;
      await sender.connect(signal);
      const texts = Array.from({ length: 50 }, (_, n) => `${n}`.padEnd(n === 7 ? 300_000 : 10_000, 'x y '));

      await assert.rejects(sender.send(headedBatch(messages(...texts)), signal), (error) => {
        assert.ok(error instanceof RejectedError);
        assert.deepEqual([error.rejected.map(({ index }) => index), error.remaining], [[7], []]);
        return true;
      });

      assert.equal(await server.count('large-*'), 49);
    },
  },
];
