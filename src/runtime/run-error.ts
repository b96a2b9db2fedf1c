import type { Fault } from '../compiler/diagnostics/diagnostic.ts';

/** Besides user, world and clipx: training went numerically wrong, or a proof (frozen stays frozen) failed. */
export type RunFault = Fault | 'numerical' | 'proof';

/** What can go wrong in a run, besides its data (`data/data-error.ts`). The number is stable, the words are for lists. */
export const runCodes = {
  CX8201: 'weights file absent',
  CX8202: 'weights file truncated',
  CX8203: 'weights file malformed',
  CX8204: 'weights do not fit the experiment',
  CX8205: 'no such tensor in a weights file',
  CX8206: 'words do not fill the vectors they start',
  CX8207: 'no such run to start from',
  CX8208: 'run to start from not finished',
  CX8209: 'run to start from does not fit',
  CX8210: 'weights file that asks for code',
  CX8211: 'disk full',
  CX8212: 'file system read-only',
  CX8213: 'permission refused',
  CX8214: 'file not found',
  CX8215: 'input or output failed',
  CX8216: 'memory ran out',
  CX8217: 'form of weights files that is not read',
  CX8218: 'names of weights without a counterpart',
  CX8221: 'loss not finite',
  CX8222: 'gradient not finite',
  CX8223: 'metric not finite',
  CX8224: 'metric of nothing',
  CX8231: 'frozen tensor moved',
  CX8232: 'trainable tensor did not move',
  CX8241: 'fewer samples than one batch',
  CX8242: 'data differ from the plan',
  CX8243: 'test data would select a checkpoint',
  CX8244: 'batch that its classes can not fill',
  CX8245: 'search with too many candidates',
  CX8246: 'engine that does not accumulate',
  CX8251: 'no checkpoint',
  CX8252: 'checkpoint damaged',
  CX8253: 'checkpoint of another experiment',
  CX8254: 'nothing left to resume',
  CX8261: 'JSON does not fit its schema',
  CX8262: 'run folder not readable',
  CX8263: 'engine not available',
  CX8264: 'worker ended',
  CX8265: 'engine failed',
  CX8271: 'cache entry damaged',
  CX8281: 'model not in the cache of Hugging Face',
  CX8282: 'no access to a model of the hub',
  CX8283: 'no such model on the hub',
  CX8284: 'download damaged',
  CX8285: 'hub not reached',
  CX8299: 'clipx is wrong',
} as const;

export type RunCode = keyof typeof runCodes;

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

function isFault(value: unknown): value is Fault {
  return value === 'user' || value === 'world' || value === 'internal';
}

interface SystemError {
  readonly code: string;
  readonly message: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code);
}

const systemFaults: Readonly<Record<string, readonly [code: RunCode, words: string, help: string]>> = {
  ENOSPC: ['CX8211', 'the disk is full', 'free some space, then resume the run'],
  EDQUOT: ['CX8211', 'the disk quota is used up', 'free some space, then resume the run'],
  EFBIG: ['CX8211', 'the file would pass the largest size allowed', 'raise the file size limit, then resume the run'],
  EROFS: ['CX8212', 'the file system is read-only', 'choose another runs folder'],
  EACCES: ['CX8213', 'permission was refused', 'check the permissions of the folder'],
  EPERM: ['CX8213', 'permission was refused', 'check the permissions of the folder'],
  ENOENT: ['CX8214', 'it does not exist', 'check the path'],
};

/** Turns an error of the file system into one that says what could not be done and why; anything else comes back as it is. */
export function describeSystemError(error: unknown, doing: string): unknown {
  if (!isSystemError(error)) return error;
  const [code, words, help] = systemFaults[error.code] ?? ['CX8215', `${error.code}: ${error.message}`, undefined];
  return new RunError('world', code, `${doing}: ${words}`, { ...(help === undefined ? {} : { help }), cause: error });
}

/** Any thrown value as a RunError: what is not one already is our bug or out of memory. */
export function asRunError(error: unknown): RunError {
  if (error instanceof RunError) return error;
  const described = describeSystemError(error, 'a file could not be used');
  if (described instanceof RunError) return described;
  if (error instanceof Error && 'fault' in error && isFault(error.fault)) {
    return new RunError(error.fault, 'CX8265', error.message, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && /memory|allocation|array length/i.test(message)) {
    return new RunError('world', 'CX8216', `memory ran out: ${message}`, {
      help: 'use a smaller batch',
      cause: error,
    });
  }
  return new RunError('internal', 'CX8299', message, { cause: error });
}
