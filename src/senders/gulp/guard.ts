import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const BEARER = /^Bearer +(\S{1,1024}) *$/i;
const SLOWED_MS = 1000;

/** Knows who may call: by the digest of a token, in a time that tells nothing about it. */
export class Guard {
  /** SHA-256 of the token, in hex; undefined: nobody may. */
  digest: string | undefined;
  /** The same of a token that Gulp is being told: it may use it before its answer is here. */
  nextDigest: string | undefined;

  /** Whether the header `Authorization` has the token. */
  admits(authorization: string | undefined): boolean {
    const token = BEARER.exec(authorization ?? '')?.[1] ?? '';
    const given = createHash('sha256').update(token).digest();
    const isKnown = [isDigest(given, this.digest), isDigest(given, this.nextDigest)].includes(true);
    return isKnown && token !== '';
  }

  /** Lets whoever guesses wait, all of them: how many there can be at one time is `Callers`' business. */
  async slowDown(signal: AbortSignal): Promise<void> {
    await delay(SLOWED_MS, undefined, { signal }).catch(() => undefined);
  }
}

function isDigest(given: Buffer, digest = ''): boolean {
  const wanted = Buffer.from(digest, 'hex');
  return wanted.length === given.length && timingSafeEqual(given, wanted);
}
