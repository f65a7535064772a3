import { UsageError } from '../usage-error.ts';

/** What `status` was asked for. */
export interface StatusOptions {
  /** A config, or a state file. */
  readonly path: string;
  readonly isJson: boolean;
  readonly isWatch: boolean;
  /** A sender that is later than this is in trouble. */
  readonly maxLagSeconds: number;
}

/** The flags of `status` for `parseArgs`; `json` it has from `explain`. */
export const STATUS_FLAGS = {
  json: { type: 'boolean' },
  watch: { type: 'boolean' },
  'max-lag': { type: 'string' },
} as const;

const DEFAULT_MAX_LAG_SECONDS = 300;

/** Makes sense of the flags; throws UsageError. */
export function statusOptions(
  path: string,
  flags: { readonly json?: boolean; readonly watch?: boolean; readonly 'max-lag'?: string },
): StatusOptions {
  const lag = flags['max-lag'];
  return {
    path,
    isJson: flags.json === true,
    isWatch: flags.watch === true,
    maxLagSeconds: lag === undefined ? DEFAULT_MAX_LAG_SECONDS : secondsOf(lag),
  };
}

function secondsOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--max-lag takes a number of seconds, not ${JSON.stringify(text)}`);
}
