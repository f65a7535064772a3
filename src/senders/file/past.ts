import { NO_HASH, type HashLine } from './chain.ts';
import { lastHash } from './chain-end.ts';
import type { Chain } from './chunks.ts';
import { rotatedPath, type Rotation } from './rotated-name.ts';
import type { Rotations } from './rotations.ts';

/** What was before an output was opened. */
export interface Past {
  /** The last rotation. */
  readonly rotation: Rotation | undefined;
  /** Where the chain goes on, if there is one. */
  readonly chain: Chain | undefined;
}

export interface PastOptions {
  /** Undefined where files are not rotated. */
  readonly rotations: Rotations | undefined;
  readonly hashLine: HashLine | undefined;
}

/** Finds out from the file and those rotated before which name comes next, and where the chain goes on. */
export async function learnPast(path: string, { rotations, hashLine }: PastOptions): Promise<Past> {
  const rotation = await rotations?.last(path);
  if (hashLine === undefined) return { rotation, chain: undefined };
  const last = (await lastHash(path)) ?? (rotation && (await lastHash(rotatedPath(path, rotation))));
  return { rotation, chain: { hashLine, last: last ?? NO_HASH } };
}
