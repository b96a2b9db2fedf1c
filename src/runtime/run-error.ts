import type { Fault } from '../compiler/diagnostics/diagnostic.ts';

/** Besides user, world and clipx: training went numerically wrong, or a proof (frozen stays frozen) failed. */
export type RunFault = Fault | 'numerical' | 'proof';

/** A failure that a run can meet. `code` is stable; the message names the thing, what was expected and what was found. */
export class RunError extends Error {
  override readonly name = 'RunError';
  readonly code: string;
  readonly fault: RunFault;
  /** The way out. */
  readonly help: string | undefined;

  constructor(fault: RunFault, code: string, message: string, options: { help?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.fault = fault;
    this.code = code;
    this.help = options.help;
  }
}

/** The exit status of a command that ended with this fault (the table of `cli/exit-codes.ts`). */
export const exitStatusOfFault: Readonly<Record<RunFault, number>> = {
  user: 3,
  world: 5,
  internal: 70,
  numerical: 4,
  proof: 1,
};

interface SystemError {
  readonly code: string;
  readonly message: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code);
}

const systemFaults: Readonly<Record<string, readonly [code: string, words: string, help: string]>> = {
  ENOSPC: ['disk-full', 'the disk is full', 'free some space, then resume the run'],
  EDQUOT: ['disk-full', 'the disk quota is used up', 'free some space, then resume the run'],
  EFBIG: [
    'disk-full',
    'the file would pass the largest size allowed',
    'raise the file size limit, then resume the run',
  ],
  EROFS: ['read-only', 'the file system is read-only', 'choose another runs folder'],
  EACCES: ['not-permitted', 'permission was refused', 'check the permissions of the folder'],
  EPERM: ['not-permitted', 'permission was refused', 'check the permissions of the folder'],
  ENOENT: ['not-found', 'it does not exist', 'check the path'],
};

/** Turns an error of the file system into one that says what could not be done and why; anything else comes back as it is. */
export function describeSystemError(error: unknown, doing: string): unknown {
  if (!isSystemError(error)) return error;
  const [code, words, help] = systemFaults[error.code] ?? [
    'input-output',
    `${error.code}: ${error.message}`,
    undefined,
  ];
  return new RunError('world', code, `${doing}: ${words}`, { ...(help === undefined ? {} : { help }), cause: error });
}

/** Any thrown value as a RunError: what is not one already is our bug or out of memory. */
export function asRunError(error: unknown): RunError {
  if (error instanceof RunError) return error;
  const described = describeSystemError(error, 'a file could not be used');
  if (described instanceof RunError) return described;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && /memory|allocation|array length/i.test(message)) {
    return new RunError('world', 'out-of-memory', `memory ran out: ${message}`, {
      help: 'use a smaller batch',
      cause: error,
    });
  }
  return new RunError('internal', 'internal', message, { cause: error });
}
