/** The flags of `verify`. */
export const VERIFY_FLAGS = { key: { type: 'string', multiple: true }, state: { type: 'string' } } as const;
