/** The flags of `decrypt`. */
export const DECRYPT_FLAGS = {
  key: { type: 'string', multiple: true },
  'keep-going': { type: 'boolean' },
} as const;
