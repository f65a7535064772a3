import { hashName } from './field-names.ts';

/** Whoever writes to the journal may make up units: neither many nor long ones may fill the memory. */
const MAX_UNITS = 4096;
/** systemd's own limit is 255; a longer text is the name of no unit. */
const MAX_UNIT_BYTES = 1024;

/**
 * Decides once for each unit, which is `bytes[start, end)`, and remembers it as long as there is room. What is too long
 * to be a unit gets `otherwise`. It makes no text of the bytes, which would take longer than all the rest.
 */
export function rememberPerUnit<T extends number | boolean>(
  decide: (unit: Buffer) => T,
  otherwise: T,
): (bytes: Buffer, start: number, end: number) => T {
  const known = new Map<number, { readonly unit: Buffer; readonly decision: T }>();
  return (bytes, start, end) => {
    if (end - start > MAX_UNIT_BYTES) return otherwise;
    const hash = hashName(bytes, start, end);
    const remembered = known.get(hash);
    if (remembered !== undefined && isSame(remembered.unit, bytes, start, end)) return remembered.decision;
    const unit = Buffer.from(bytes.subarray(start, end));
    const decision = decide(unit);
    if (known.size >= MAX_UNITS) known.clear();
    // Of two with one hash, the later one is remembered.
    known.set(hash, { unit, decision });
    return decision;
  };
}

function isSame(unit: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (unit.length !== end - start) return false;
  for (let k = 0; k < unit.length; k++) if (unit[k] !== bytes[start + k]) return false;
  return true;
}
