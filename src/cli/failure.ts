import type { Fault } from '../compiler/diagnostics/diagnostic.ts';
import type { RunFault } from '../runtime/run-error.ts';
import { ExitCode, exitCodeOfFault } from './exit-codes.ts';

/** The command was called wrongly: exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The way out, a sentence of its own. */
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.help = help;
  }
}

/** A command could not do its work, and it is known whose fault that is: exit 3 (user), 5 (world) or 70 (internal). */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly fault: Fault;
  /** The way out, a sentence of its own. */
  readonly help: string | undefined;

  constructor(fault: Fault, message: string, help?: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
    this.help = help;
  }
}

/** What an error comes to for the person at the terminal. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly message: string;
  /** A key of the table of codes, where the error has one. */
  readonly code?: string;
  readonly help?: string;
  /** Only for our own bugs: what a bug report needs. */
  readonly stack?: string;
}

/**
 * Turns whatever was thrown into a sentence and an exit code. Errors that know whose fault they are carry `fault`
 * (and mostly `code` and `help`); the operating system's carry `errno`; anything else is our bug.
 */
export function describeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { exitCode: ExitCode.internal, message: String(error) };
  const help = 'help' in error && typeof error.help === 'string' ? { help: error.help } : {};
  if (error instanceof UsageError) return { exitCode: ExitCode.usage, message: error.message, ...help };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if ('fault' in error && isFault(error.fault)) {
    const stack = error.fault === 'internal' && error.stack !== undefined ? { stack: error.stack } : {};
    return { exitCode: exitCodeOfFault(error.fault), message: error.message, ...(code && { code }), ...help, ...stack };
  }
  if ('errno' in error && code !== undefined) return describeSystemError(error, code);
  return {
    exitCode: ExitCode.internal,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
  };
}

function describeSystemError(error: Error, code: string): Failure {
  const place = 'path' in error && typeof error.path === 'string' ? ` ${error.path}` : '';
  const known = systemErrors[code];
  if (known === undefined) return { exitCode: ExitCode.environment, message: error.message };
  return { exitCode: known.exitCode, message: `cannot use${place}: ${known.words}` };
}

/** The operating system's errors that a user can cause or cure. */
const systemErrors: Readonly<Record<string, { readonly exitCode: ExitCode; readonly words: string }>> = {
  ENOENT: { exitCode: ExitCode.input, words: 'there is no such file or folder' },
  EISDIR: { exitCode: ExitCode.input, words: 'it is a folder, not a file' },
  ENOTDIR: { exitCode: ExitCode.input, words: 'a part of the path is a file, not a folder' },
  EACCES: { exitCode: ExitCode.environment, words: 'permission denied' },
  EPERM: { exitCode: ExitCode.environment, words: 'permission denied' },
  EROFS: { exitCode: ExitCode.environment, words: 'the file system is read-only' },
  ENOSPC: { exitCode: ExitCode.environment, words: 'the disk is full' },
  EDQUOT: { exitCode: ExitCode.environment, words: 'the disk quota is used up' },
  EMFILE: { exitCode: ExitCode.environment, words: 'too many open files' },
};

const faults: readonly unknown[] = ['user', 'world', 'internal', 'numerical', 'proof'] satisfies RunFault[];

function isFault(value: unknown): value is RunFault {
  return faults.includes(value);
}
