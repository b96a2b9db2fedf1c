import type { Environment, Signal } from './environment.ts';
import { ExitCode } from './exit-codes.ts';

/** What a running command does about SIGINT and SIGTERM. */
export interface Interruption {
  /** Aborted by the first signal: work ends at the next good moment. A second signal leaves at once. */
  readonly signal: AbortSignal;
  /** 130 or 143 once a signal came. */
  readonly code: () => ExitCode | undefined;
  /** Gives the signals back. */
  readonly release: () => void;
}

export function listenForInterruption(environment: Environment, onFirst: () => void): Interruption {
  const controller = new AbortController();
  let code: ExitCode | undefined;
  const release = environment.onSignal((signal) => {
    const next = codeOf(signal);
    if (code !== undefined) environment.exit(next);
    code = next;
    onFirst();
    controller.abort(new Error(`interrupted by ${signal}`));
  });
  return { signal: controller.signal, code: () => code, release };
}

function codeOf(signal: Signal): ExitCode {
  return signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
}
