import type { Fault } from '../../compiler/diagnostics/diagnostic.ts';

export type BackendErrorCode =
  | 'feed-missing'
  | 'feed-unknown'
  | 'feed-dtype'
  | 'feed-shape'
  | 'feed-size'
  | 'artefact-missing'
  | 'artefact-rejected'
  | 'execution-failed'
  | 'engine-unavailable'
  | 'install-failed';

/** What an engine refuses, and whose fault it is. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly code: BackendErrorCode;
  readonly fault: Fault;
  /** The way out, a sentence of its own. */
  readonly help: string | undefined;

  constructor(code: BackendErrorCode, fault: Fault, message: string, options: ErrorOptions & { help?: string } = {}) {
    super(message, options);
    this.code = code;
    this.fault = fault;
    this.help = options.help;
  }
}
