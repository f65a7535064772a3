import { DECRYPT_FLAGS } from './decrypt/flags.ts';
import { DOCTOR_FLAGS } from './doctor/options.ts';
import { EXPLAIN_FLAGS } from './explain/options.ts';
import { REDRIVE_FLAGS } from './redrive/options.ts';
import { STATUS_FLAGS } from './status/options.ts';
import { VERIFY_FLAGS } from './verify/flags.ts';

/** The flags of each sub-command, for `parseArgs` and for completion. */
export const FLAGS = {
  run: { once: { type: 'boolean' } },
  check: { connect: { type: 'boolean' } },
  status: STATUS_FLAGS,
  explain: EXPLAIN_FLAGS,
  doctor: DOCTOR_FLAGS,
  redrive: REDRIVE_FLAGS,
  verify: VERIFY_FLAGS,
  decrypt: DECRYPT_FLAGS,
} as const;
