import { execFile } from 'node:child_process';
import { systemCodeOf } from '../../errors.ts';

/** What a program has written; a phrase for why there is nothing. */
export type Answer = { readonly text: string } | { readonly trouble: string };

const LIMIT_MS = 5000;
const MAX_BYTES = 4 * 1024 * 1024;

/** Runs a program of the system for a short answer, in plain English; never longer than 5 s. */
export function askProgram(command: string, ...args: readonly string[]): Promise<Answer> {
  const options = {
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_BYTES,
    env: { ...process.env, LC_ALL: 'C', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '' },
  } as const;
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ text: stdout });
      else if (systemCodeOf(error) === 'ENOENT') resolve({ trouble: `there is no ${command}` });
      else if (error.killed === true) resolve({ trouble: `${command} gave no answer within ${LIMIT_MS / 1000} s` });
      else resolve({ trouble: /^.+/m.exec(stderr)?.[0] ?? `${command} failed` });
    });
  });
}
