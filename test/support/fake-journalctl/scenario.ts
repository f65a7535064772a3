/** How a run that reads entries departs from what the real journalctl would do. */
export interface Run {
  /** Written to stderr at first. */
  readonly stderr?: string;
  /** Put into the output in front of its byte `at`: `bytes` are Latin-1. */
  readonly garbage?: { readonly at: number; readonly bytes: string };
  /** The output ends after so many bytes, within an entry or not. */
  readonly cutAt?: number;
  /** What happens after the output; `normal`: exit with 0, or wait if it follows. `hang`: see nothing, do nothing. */
  readonly ending?: 'normal' | 'hang' | { readonly code: number } | { readonly signal: NodeJS.Signals };
  readonly ignoresSigterm?: boolean;
}

/** What a fake journalctl is and does. */
export interface Scenario {
  /** What stands behind `systemd` in the output of --version. */
  readonly version?: string;
  /** As systemd 251 to 253 do, where they lack the fix. */
  readonly refusesMergeWithFollow?: boolean;
  /** The n-th run that reads entries is the n-th of these, all later ones are the last. */
  readonly runs?: readonly Run[];
}

/** The files by which the fake and its test speak, in the folder that FAKE_JOURNALCTL names. */
export const files = {
  scenario: 'scenario.json',
  entries: 'entries.export',
  calls: 'calls.jsonl',
  runs: 'runs',
} as const;
