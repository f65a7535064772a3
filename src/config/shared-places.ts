import type { Exclusive } from '../senders/sender-definition.ts';
import { faultAt } from './faults.ts';
import type { Findings } from './prepare.ts';
import type { UsableSender } from './usable-senders.ts';

interface Claim {
  readonly owner: string;
  readonly claim: Exclusive;
}

/** Finds senders that would listen at one address, which are faults, and those that log in as one user, which get in each other's way. */
export function findShared(senders: readonly UsableSender[], { faults, warnings }: Findings): void {
  const before: Claim[] = [];
  for (const { path, definition, options } of senders) {
    for (const claim of definition.exclusive?.(options) ?? []) {
      const other = before.find(({ claim: known }) => isSame(known, claim));
      const at = [...path, claim.key];
      if (other === undefined) before.push({ owner: faultAt(at, '').path, claim });
      else if ('login' in claim)
        warnings.push(faultAt(at, `is the user of ${other.owner}, too: each login ends the session of the other`));
      else
        faults.push(
          faultAt(at, `would listen at port ${claim.listen.port} as ${other.owner} does; give each a port of its own`),
        );
    }
  }
}

function isSame(one: Exclusive, other: Exclusive): boolean {
  if ('login' in one || 'login' in other) return 'login' in one && 'login' in other && one.login === other.login;
  const [a, b] = [one.listen, other.listen];
  if (a.port !== b.port || a.port === 0) return false; // 0: any port that is free
  return hostOf(a.host) === hostOf(b.host) || isAny(a.host) || isAny(b.host);
}

function isAny(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}

function hostOf(host: string): string {
  const name = host.toLowerCase();
  return name === 'localhost' ? '127.0.0.1' : name;
}
