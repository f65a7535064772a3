import type { WebsocketOptions } from './options.ts';

/** The value of the Authorization header, and when it will be of no use any more, in ms since 1970. */
export interface Authorization {
  readonly header: string | undefined;
  readonly renewAtMs: number;
}

/** Of a token's life, what is used before a new one is made. */
const USED_SHARE = 0.8;

/** What to log in with, made anew: a token that is signed here lives from now on. */
export async function authorize({ token, jwt }: Pick<WebsocketOptions, 'token' | 'jwt'>): Promise<Authorization> {
  if (jwt === undefined) {
    return { header: token === undefined ? undefined : `Bearer ${token}`, renewAtMs: Infinity };
  }
  const { SignJWT } = await import('jose');
  const issued = Math.floor(Date.now() / 1000);
  const signed = await new SignJWT({ ...jwt.claims })
    .setProtectedHeader({ alg: jwt.algorithm, typ: 'JWT' })
    .setIssuedAt(issued)
    .setExpirationTime(issued + jwt.expires_in)
    .sign(Buffer.from(jwt.secret));
  return { header: `Bearer ${signed}`, renewAtMs: (issued + jwt.expires_in * USED_SHARE) * 1000 };
}
