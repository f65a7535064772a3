/** The flags of `verify`. */
export const VERIFY_FLAGS = { key: { type: 'string' }, state: { type: 'string' } } as const;
