import { notFound, Refusal } from './refusal.ts';
import { isAdmin } from './sessions.ts';
import type { User } from './sessions.ts';

/** A place that documents go to, with those who may reach it. */
export interface Operation {
  readonly id: string;
  readonly owner: string;
  readonly granted: Set<string>;
  readonly timeCreated: number;
}

/** The operations; their ids are lower case. */
export class Operations {
  readonly #operations = new Map<string, Operation>();

  add(id: string, { owner = 'admin', granted = [] }: { owner?: string; granted?: readonly string[] } = {}): Operation {
    const operation = { id: id.toLowerCase(), owner, granted: new Set([owner, ...granted]), timeCreated: Date.now() };
    this.#operations.set(operation.id, operation);
    return operation;
  }

  delete(id: string): void {
    this.#operations.delete(id.toLowerCase());
  }

  /** Throws what the manager says if there is none; ids in the query are made lower case before, those of tasks are not. */
  get(id: string): Operation {
    const operation = this.#operations.get(id);
    if (!operation) throw notFound('GulpOperation', id);
    return operation;
  }

  /** The operation, if the user may reach it. */
  accessible(id: string, user: User): Operation {
    const operation = this.get(id);
    if (mayReach(operation, user)) return operation;
    throw noAccess(user, operation.id);
  }

  /** Those that the user may reach, in order of their making. */
  all(user: User): Operation[] {
    return [...this.#operations.values()].filter((operation) => mayReach(operation, user));
  }
}

/** What the manager says to a user that has the permission but was not let in to this object. */
export function noAccess(user: User, objectId: string): Refusal {
  const message = `User ${user.id} does not have the required permissions to access the object ${objectId}.`;
  return new Refusal(403, 'MissingPermission', message);
}

function mayReach(operation: Operation, user: User): boolean {
  return isAdmin(user) || operation.granted.has(user.id);
}
