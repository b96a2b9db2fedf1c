/** Thrown when clipx itself is wrong. The command line prints it as an internal bug and exits 70. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}

/** States what must hold here; a failure is our bug, never the user's. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (condition === false || condition === undefined || condition === null || condition === 0 || condition === '') {
    throw new InternalError(message);
  }
}

/** Reached only when a union gained a case that a switch did not. */
export function unreachable(value: never): never {
  throw new InternalError(`unexpected case: ${JSON.stringify(value)}`);
}
