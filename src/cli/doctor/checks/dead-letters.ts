import { resolve } from 'node:path';
import { createReadStream } from 'node:fs';
import { systemCodeOf } from '../../../errors.ts';
import { DeadLetterFile } from '../../../state/dead-letter-file.ts';
import { deadLetterPath } from '../../../state/dead-letter-path.ts';
import { grouped, size } from '../../quantities.ts';
import { ok, warn, type Finding } from '../check.ts';
import { enabledSenders, type Facts } from '../facts.ts';

const NEWLINE = 0x0a;

/** What the destinations have refused for good, and whether there is room for more of it. */
export async function lookAtDeadLetters({ config }: Facts): Promise<Finding[]> {
  if (config?.json_state_file_path === undefined) return [];
  const statePath = resolve(config.json_state_file_path);
  const { dead_letter_max_bytes: maxBytes } = config;
  const findings = enabledSenders(config).map(async ({ reader, name }) => {
    const sender = name.slice(reader.length + 1);
    return lookAt(name, new DeadLetterFile(deadLetterPath(statePath, reader, sender), maxBytes), maxBytes);
  });
  const found = (await Promise.all(findings)).flat();
  return found.length === 0 ? [ok('all senders', 'none')] : found;
}

async function lookAt(name: string, file: DeadLetterFile, maxBytes: number): Promise<Finding[]> {
  try {
    const segments = await file.segments();
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    if (bytes === 0) return [];
    const counts = await Promise.all(segments.map(({ path }) => countLines(path)));
    const count = counts.reduce((sum, each) => sum + each, 0);
    const full = bytes > maxBytes * 0.75 ? `, of ${size(maxBytes)}: the oldest make room` : '';
    const remedy = `${file.path} says why; once that is mended: journalbridge redrive CONFIG --sender ${name}`;
    return [warn(name, `${grouped(count)} refused entries wait to be sent again, ${size(bytes)}${full}`, remedy)];
  } catch (error) {
    if (systemCodeOf(error) !== 'EACCES') throw error;
    return [warn(name, 'they may not be looked at', 'ask as the user that runs journalbridge, or as root')];
  }
}

async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
  }
  return lines;
}
