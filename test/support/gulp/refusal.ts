/** An answer of the manager that is no success: the HTTP status, and the exception that its error body tells of. */
export class Refusal extends Error {
  readonly status: number;
  /** The name of the Python exception. */
  readonly exception: string;
  /** Errors of validation come before the request has an id: their body has none. */
  readonly hasRequestId: boolean;

  constructor(status: number, exception: string, message: string, hasRequestId = true) {
    super(message);
    this.status = status;
    this.exception = exception;
    this.hasRequestId = hasRequestId;
  }
}

/** What the manager says of an object that it does not have, or that it does not know by this id. */
export function notFound(type: string, id: string): Refusal {
  return new Refusal(404, 'ObjectNotFound', `${type} with id "${id}" not found`);
}
