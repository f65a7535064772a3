import { randomUUID } from 'node:crypto';
import { notFound, Refusal } from './refusal.ts';

/** What a user may do; `admin` may everything. */
export type Permission = 'read' | 'edit' | 'ingest' | 'delete' | 'admin';

/** A user of the manager. */
export interface User {
  readonly id: string;
  password: string;
  permission: readonly Permission[];
}

interface Session {
  readonly token: string;
  readonly userId: string;
  timeExpire: number;
  touchedAt: number;
}

/** How an endpoint speaks of a token that is dead: most answer 404, some 401. */
export type DeadTokenDialect = 'not found' | 'expired';

const adminTtlMs = 600_000;
const ttlMs = 7 * 86_400_000;
const touchIntervalMs = 60_000;

/** The users, and the one session that each may have at a time. */
export class Sessions {
  readonly users = new Map<string, User>();
  readonly #sessions = new Map<string, Session>();
  /** User ids of all successful logins, in order. */
  readonly logins: string[] = [];

  /** A new token; the one before dies at once, or, not forced, the login is refused. */
  login(userId: string, password: string, force = true): Session {
    const user = this.users.get(userId);
    if (!user) throw notFound('GulpUser', userId);
    if (user.password !== password) {
      throw new Refusal(401, 'WrongUsernameOrPassword', `wrong password for user_id=${userId}`);
    }
    if (!force && this.tokenOfUser(userId) !== undefined) {
      const advice = 'use force=true to invalidate the existing session and login again.';
      throw new Refusal(409, 'ObjectAlreadyExists', `user ${userId} already logged in, ${advice}`);
    }
    this.revoke(userId);
    const session = { token: randomUUID(), userId, timeExpire: this.#expiryFor(user), touchedAt: Date.now() };
    this.#sessions.set(session.token, session);
    this.logins.push(userId);
    return session;
  }

  /** The user whose session this is; the session lives on from now. Expiry is not checked at use, as in the real one. */
  userOf(token: string, dialect: DeadTokenDialect): User {
    const session = this.#sessions.get(token);
    const user = session && this.users.get(session.userId);
    if (!user) throw deadToken(token, dialect);
    this.#touch(session, user);
    return user;
  }

  /** The user, if it has the permission; `object` names what it is wanted for. */
  permitted(user: User, permission: Permission, object?: { readonly id: string; readonly owner: string }): User {
    if (isAdmin(user) || user.permission.includes(permission)) return user;
    const wanted = `[<GulpUserPermission.${permission.toUpperCase()}: '${permission}'>]`;
    const of = object === undefined ? '' : `, obj=${object.id}, obj_owner=${object.owner}`;
    const message = `user=${user.id} does not have the required permissions ${wanted} to perform this operation${of}.`;
    throw new Refusal(403, 'MissingPermission', message);
  }

  /** When the session ends unless it is used, as milliseconds since 1970. */
  expiryOf(token: string): number | undefined {
    return this.#sessions.get(token)?.timeExpire;
  }

  /** The token of the user's living session. */
  tokenOfUser(userId: string): string | undefined {
    return [...this.#sessions.values()].find((session) => session.userId === userId)?.token;
  }

  /** Ends the user's session, as its expiry, an administrator or a login elsewhere does. */
  revoke(userId: string): void {
    const token = this.tokenOfUser(userId);
    if (token !== undefined) this.#sessions.delete(token);
  }

  /** Written at most once a minute, as in the real one. */
  #touch(session: Session, user: User): void {
    if (Date.now() - session.touchedAt < touchIntervalMs) return;
    session.timeExpire = this.#expiryFor(user);
    session.touchedAt = Date.now();
  }

  #expiryFor(user: User): number {
    return Date.now() + (isAdmin(user) ? adminTtlMs : ttlMs);
  }
}

/** Whether the user may do everything. */
export function isAdmin(user: User): boolean {
  return user.permission.includes('admin');
}

function deadToken(token: string, dialect: DeadTokenDialect): Refusal {
  if (dialect === 'not found') return notFound('GulpUserSession', token);
  return new Refusal(401, 'SessionExpired', `token "${token}" not logged in`);
}
