import { borrowCredentials } from '../borrow-credentials.ts';
import { UsageError } from '../usage-error.ts';

/** The config of the package's unit. */
export const SERVICE_CONFIG = '/etc/journalbridge/journalbridge.json';

/** The flags of `doctor` for `parseArgs`. */
export const DOCTOR_FLAGS = { json: { type: 'boolean' } } as const;

/** Runs `doctor` with what follows it on the command line; throws UsageError. */
export async function showHealth(
  configs: readonly string[],
  { isJson, write }: { readonly isJson: boolean; readonly write: (text: string) => unknown },
): Promise<number> {
  const [configPath = SERVICE_CONFIG, ...more] = configs;
  if (more.length > 0) throw new UsageError('doctor takes one config file');
  await borrowCredentials(configPath);
  const [{ doctor }, { wantsColour }] = await Promise.all([import('./doctor.ts'), import('../terminal-text.ts')]);
  const isColoured = wantsColour(process.stdout.isTTY, process.env);
  return doctor({ configPath, isJson, isColoured }, write);
}
