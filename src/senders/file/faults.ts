import type { KeepOptions, RotateOptions } from './file-options.ts';
import { checkOutput, hasTime } from './output-template.ts';

interface Checked {
  readonly file_output: string;
  readonly rotate?: RotateOptions | undefined;
  readonly keep?: KeepOptions | undefined;
}

/** What is wrong between options of a file sender. */
export function findFaults({
  file_output,
  rotate,
  keep,
}: Checked): { readonly key: string; readonly message: string }[] {
  const output = checkOutput(file_output);
  const faults = output === undefined ? [] : [{ key: 'file_output', message: output }];
  if (rotate !== undefined && rotate.max_bytes === undefined && rotate.interval === undefined) {
    faults.push({ key: 'rotate', message: 'says neither "max_bytes" nor "interval": nothing would ever be rotated' });
  }
  if (keep !== undefined && rotate === undefined && !hasTime(file_output)) {
    const message =
      'has no effect without "rotate" or a time (%Y%m%d) in "file_output": only finished files are counted';
    faults.push({ key: 'keep', message });
  }
  return faults;
}
