import { UsageError } from '../usage-error.ts';

/** What `redrive` was asked for. */
export interface RedriveRequest {
  readonly configPath: string;
  /** `sender`, or `reader.sender`. */
  readonly sender: string;
  readonly reader: string | undefined;
  /** Only tell what would be sent. */
  readonly isDryRun: boolean;
  /** With that: the payloads, too. */
  readonly showsPayloads: boolean;
}

/** The flags of `redrive` for `parseArgs`. */
export const REDRIVE_FLAGS = {
  sender: { type: 'string' },
  reader: { type: 'string' },
  'dry-run': { type: 'boolean' },
  'show-payloads': { type: 'boolean' },
} as const;

interface Flags {
  readonly sender?: string;
  readonly reader?: string;
  readonly 'dry-run'?: boolean;
  readonly 'show-payloads'?: boolean;
}

/** Makes sense of the flags; throws UsageError. */
export function redriveRequest(configPath: string, flags: Flags): RedriveRequest {
  const { sender, reader } = flags;
  if (sender === undefined) throw new UsageError('redrive needs --sender NAME, or --sender READER.NAME');
  const isDryRun = flags['dry-run'] === true;
  const showsPayloads = flags['show-payloads'] === true;
  if (showsPayloads && !isDryRun) throw new UsageError('--show-payloads goes with --dry-run');
  return { configPath, sender, reader, isDryRun, showsPayloads };
}
