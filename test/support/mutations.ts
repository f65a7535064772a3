import fc from 'fast-check';

/** A change of bytes; places are taken modulo the length, so that each fits whatever it is applied to. */
export type Mutation =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'remove' | 'zero' | 'repeat'; readonly at: number; readonly count: number }
  | { readonly kind: 'move'; readonly at: number; readonly count: number; readonly to: number }
  | { readonly kind: 'insert' | 'overwrite'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'cut'; readonly at: number };

const place = fc.nat(2 ** 30);
const count = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5000 }));

/** Changes of any kind; `words` are bytes that mean something where they are put. */
export function mutations(...words: readonly string[]): fc.Arbitrary<Mutation> {
  const text = fc.constantFrom('', ...words).map((word) => Buffer.from(word, 'latin1'));
  const bytes = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 12 }), text);
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('flip'), at: place, bit: fc.nat(7) }) },
    fc.record({ kind: fc.constantFrom('remove', 'zero', 'repeat'), at: place, count }),
    fc.record({ kind: fc.constant('move'), at: place, count, to: place }),
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('insert', 'overwrite'), at: place, bytes }) },
    fc.record({ kind: fc.constant('cut'), at: place }),
  );
}

/** The bytes with a change; those given stay as they are. */
export function mutated(bytes: Buffer, mutation: Mutation): Buffer {
  if (bytes.length === 0) return bytes;
  const at = mutation.at % bytes.length;
  const [before, behind] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (mutation.kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.of(bytes[at]! ^ (1 << mutation.bit)), behind.subarray(1)]);
    case 'remove':
      return Buffer.concat([before, behind.subarray(mutation.count)]);
    case 'zero':
      return Buffer.from(bytes).fill(0, at, Math.min(at + mutation.count, bytes.length));
    case 'repeat':
      return Buffer.concat([before, behind.subarray(0, mutation.count), behind]);
    case 'move': {
      const rest = Buffer.concat([before, behind.subarray(mutation.count)]);
      const to = mutation.to % (rest.length + 1);
      return Buffer.concat([rest.subarray(0, to), behind.subarray(0, mutation.count), rest.subarray(to)]);
    }
    case 'insert':
      return Buffer.concat([before, mutation.bytes, behind]);
    case 'overwrite':
      return Buffer.concat([before, mutation.bytes, behind.subarray(mutation.bytes.length)]);
    case 'cut':
      return before;
  }
}

/** The bytes with all of these changes, one after the other. */
export function mutatedBy(bytes: Buffer, list: readonly Mutation[]): Buffer {
  return list.reduce(mutated, bytes);
}
