import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts';
import type { RunFault } from '../runtime/run-error.ts';

/** One table, the same for every command. */
export const ExitCode = {
  done: 0,
  /** The answer is no: errors found, not formatted, differs, an expectation or a frozen proof failed. */
  no: 1,
  usage: 2,
  /** The input does not load or compile. */
  input: 3,
  /** Training failed numerically. */
  numerical: 4,
  /** Device, memory, disk, a missing engine. */
  environment: 5,
  /** clipx itself is wrong. */
  internal: 70,
  /** Interrupted after a checkpoint was written; a second signal leaves at once. */
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Whose fault an error is decides the code of a command that could not do its work. */
export function exitCodeOfFault(fault: RunFault): ExitCode {
  return faultCodes[fault];
}

const faultCodes: Readonly<Record<RunFault, ExitCode>> = {
  user: ExitCode.input,
  world: ExitCode.environment,
  internal: ExitCode.internal,
  numerical: ExitCode.numerical,
  proof: ExitCode.no,
};

/** The code of a command that stopped at these diagnostics: our own bug weighs more than the world's, that more than the user's. */
export function exitCodeOfDiagnostics(diagnostics: readonly Diagnostic[]): ExitCode {
  const faults = new Set(diagnostics.filter((it) => it.severity === 'error').map((it) => it.fault));
  for (const fault of ['internal', 'world', 'user'] as const) {
    if (faults.has(fault)) return exitCodeOfFault(fault);
  }
  return ExitCode.done;
}
