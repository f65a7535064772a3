/** Which fields of an entry a sender gets: only the listed ones, or all but these. */
export interface FieldFilterDefinition {
  readonly type: 'whitelist' | 'blacklist';
  readonly fields: readonly string[];
}

/** Decides by the name of a field, however many underscores it begins with. */
export interface FieldFilter {
  keeps(key: string): boolean;
}

/**
 * A field filter as journalpump has it: names are compared without leading underscores and without regard to case, those
 * of fields that journalbridge adds (`timestamp`, extra fields) too. Without a definition every field is kept.
 */
export function createFieldFilter(definition: FieldFilterDefinition | undefined): FieldFilter {
  if (definition === undefined) return { keeps: () => true };
  const listed = new Set(definition.fields.map(comparable));
  const isWhitelist = definition.type === 'whitelist';
  return { keeps: (key) => listed.has(comparable(key)) === isWhitelist };
}

/** What is left of a name when filters compare it. */
function comparable(name: string): string {
  return name.replace(/^_+/, '').toLowerCase();
}
