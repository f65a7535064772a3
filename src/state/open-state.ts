import type { Log } from '../telemetry/log.ts';
import { lockState } from './lock.ts';
import { StateFile } from './state-file.ts';

/** The state file, and what lets others have it. */
export interface OpenState {
  readonly state: StateFile;
  release(): Promise<void>;
}

/** Locks the state file of a config, then reads it: what is read is up to date. Without a path nothing is kept. */
export async function openState(
  config: { readonly json_state_file_path?: string | undefined; readonly state_save_interval: number },
  log: Log,
): Promise<OpenState> {
  const { json_state_file_path: path, state_save_interval: interval } = config;
  const lock = path === undefined ? undefined : await lockState(path, log);
  const release = async (): Promise<void> => lock?.release();
  try {
    return { release, state: await StateFile.load({ path, maxIntervalMs: interval * 1000, log }) };
  } catch (error) {
    await release();
    throw error;
  }
}
