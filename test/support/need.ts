import type { TestContext } from 'node:test';
import { isUnattended, lackOf } from './requirements.ts';
import type { Requirement } from './requirements.ts';

/**
 * Whether the test can go on: `if (!need(t, 'private journald')) return;`. If not, the test is marked as skipped with
 * the reason; with CI=true it fails instead, so that nothing goes untested unseen.
 */
export function need(t: TestContext, ...requirements: readonly Requirement[]): boolean {
  const lacks = requirements.map(lackOf).filter((lack) => lack !== undefined);
  if (lacks.length === 0) return true;
  if (isUnattended) throw new Error(`not tested: ${lacks.join(', ')}`);
  t.skip(lacks.join(', '));
  return false;
}
