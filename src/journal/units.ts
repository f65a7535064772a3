/** Whoever writes to the journal may make up units: neither many nor long ones may fill the memory. */
const MAX_UNITS = 4096;
/** systemd's own limit is 255; a longer text is the name of no unit. */
const MAX_UNIT_BYTES = 1024;

/**
 * Decides once for each unit and remembers it as long as there is room. Units come as text of one character a byte
 * (`Block.text`); `decide` gets their bytes. What is too long to be a unit gets `otherwise`.
 */
export function rememberPerUnit<T extends number | boolean>(
  decide: (unit: Buffer) => T,
  otherwise: T,
): (unit: string) => T {
  const known = new Map<string, T>();
  return (unit) => {
    const remembered = known.get(unit);
    if (remembered !== undefined) return remembered;
    if (unit.length > MAX_UNIT_BYTES) return otherwise;
    const decision = decide(Buffer.from(unit, 'latin1'));
    if (known.size >= MAX_UNITS) known.clear();
    known.set(unit, decision);
    return decision;
  };
}
