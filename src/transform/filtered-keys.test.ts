import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockOf } from '../../test/support/block-of.ts';
import { entries, extraFields, fieldFilters, writeEntry } from '../../test/support/reference/arbitraries.ts';
import type { Block } from '../journal/block.ts';
import { Decoder } from '../journal/decode.ts';
import { ByteWriter } from './byte-writer.ts';
import { Encoder } from './encode.ts';
import type { EncoderOptions } from './encoder-options.ts';
import { createFilteredKeys } from './filtered-keys.ts';

const plain: EncoderOptions = { format: 'journalpump', extraFields: {}, maxEntryBytes: Infinity };

test('sorts the keys of an entry, with those that are added', () => {
  const block = blockOf({ MESSAGE: 'x', _PID: '1', __SEQNUM: '1', _COMM: 'c' });
  const fieldFilter = { type: 'whitelist', fields: ['message', 'site'] } as const;

  const keys = createFilteredKeys({ ...plain, extraFields: { site: 'a', PID: 2 }, fieldFilter })(block, 0);

  assert.deepEqual(keys, { keeps: ['MESSAGE', 'site'], removes: ['COMM', 'timestamp', 'PID'] });
});

test('agrees with what the encoder writes, whatever the entry, the extra fields and the filter', () => {
  const formats = fc.constantFrom('journalpump' as const, 'journald' as const);
  fc.assert(
    fc.property(entries, extraFields, fieldFilters, formats, (entry, extras, fieldFilter, format) => {
      const decoder = new Decoder();
      decoder.push(writeEntry(entry));
      const block = decoder.decode();
      const options: EncoderOptions = { ...plain, format, extraFields: extras };

      const { keeps, removes } = createFilteredKeys({ ...options, fieldFilter })(block, 0);

      assert.deepEqual(keeps.toSorted(), writtenKeys(block, { ...options, fieldFilter }));
      assert.deepEqual([...keeps, ...removes].sort(), writtenKeys(block, options));
    }),
  );
});

function writtenKeys(block: Block, options: EncoderOptions): string[] {
  const out = new ByteWriter();
  new Encoder(options).encode(block, 0, out);
  return Object.keys(JSON.parse(out.bytes.toString('utf8', 0, out.length)) as object).sort();
}
