import { ConfigError } from '../errors.ts';
import type { ConfigFault } from '../errors.ts';
import { checkValues } from './check-values.ts';
import { hideCredentials, resolveCredentials } from './credentials.ts';
import { crossCheck } from './cross-check.ts';
import { findInlineSecrets, warnOfReaders } from './inline-secrets.ts';
import { noteFiles } from './named-files.ts';
import { normalise } from './normalise.ts';
import { parseJson } from './parse-json.ts';
import { prepare, resolveAliases } from './prepare.ts';
import type { Findings } from './prepare.ts';
import { readConfigText } from './read-text.ts';
import { configOption } from './schema.ts';
import type { Config } from './schema.ts';
import { validate } from './validate.ts';
import { askSenders } from './sender-faults.ts';
import { findSharedFiles } from './written-files.ts';

/** A config that can be used, and what is odd about it nevertheless. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly ConfigFault[];
}

/** Reads and checks a config file; throws ConfigError with everything that is wrong. */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const { config, warnings, inlineSecrets } = await readConfig(file, await readConfigText(file));
  const more = await warnOfReaders(file, inlineSecrets);
  return { config: await noteFiles(config), warnings: [...warnings, ...more] };
}

/** Checks the text of a config; `file` is its name in messages. */
export async function parseConfig(file: string, text: string): Promise<LoadedConfig> {
  const { config, warnings } = await readConfig(file, text);
  return { config, warnings };
}

async function readConfig(file: string, text: string): Promise<LoadedConfig & { inlineSecrets: readonly string[] }> {
  const { value, faults } = parseJson(file, text);
  const inlineSecrets = findInlineSecrets(configOption, value);
  const resolved = await resolveCredentials(configOption, value);
  faults.push(...resolved.faults);
  const findings: Findings = { faults, warnings: [] };
  prepare(configOption, value, findings);
  faults.push(...validate(configOption, value));
  resolveAliases(configOption, value);
  crossCheck(value, findings);
  faults.push(...(await checkValues(value)), ...(await findSharedFiles(configOption, value)));
  askSenders(value, findings);
  if (faults.length > 0) throw new ConfigError(unique(hideCredentials(faults, resolved)));
  return { config: normalise(value), warnings: hideCredentials(findings.warnings, resolved), inlineSecrets };
}

function unique(faults: readonly ConfigFault[]): ConfigFault[] {
  return [...new Map(faults.map((fault) => [`${fault.path}\0${fault.message}`, fault])).values()];
}
