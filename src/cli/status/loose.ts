/** A JSON value of which nothing is sure: every question has an answer, null where it is not what was asked for. */
export class Loose {
  private readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  at(key: string): Loose {
    const { value } = this;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return new Loose(undefined);
    return new Loose((value as Record<string, unknown>)[key]);
  }

  text(key: string): string | null {
    const { value } = this.at(key);
    return typeof value === 'string' && value !== '' ? value : null;
  }

  number(key: string): number | null {
    const { value } = this.at(key);
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  }

  texts(key: string): string[] {
    return this.list(key).flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
  }

  list(key: string): Loose[] {
    const { value } = this.at(key);
    return Array.isArray(value) ? value.map((item: unknown) => new Loose(item)) : [];
  }

  /** Names and values of an object. */
  entries(key: string): [string, Loose][] {
    const { value } = this.at(key);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return Object.entries(value).map(([name, item]) => [name, new Loose(item)]);
  }

  /** An object of numbers; what is none of them counts as 0. */
  numbers(key: string): Record<string, number> {
    return Object.fromEntries(this.entries(key).map(([name]) => [name, this.at(key).number(name) ?? 0]));
  }

  /** A time that can be computed with. */
  time(key: string): string | null {
    const text = this.text(key);
    return text === null || Number.isNaN(Date.parse(text)) ? null : text;
  }
}
