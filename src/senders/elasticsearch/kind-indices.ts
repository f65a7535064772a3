/** So many are remembered: who has more gets a late answer at worst. */
const MAX_INDICES = 10_000;

/** The indices that have taken an entry since the start: what such an index refuses is the fault of the entry. */
export class KindIndices {
  private readonly names = new Set<string>();
  private last: string | undefined;

  add(name: string): void {
    if (name === this.last) return;
    this.last = name;
    this.names.add(name);
    if (this.names.size > MAX_INDICES) this.names.delete(this.names.values().next().value!);
  }

  has(name: string): boolean {
    return this.names.has(name);
  }
}
