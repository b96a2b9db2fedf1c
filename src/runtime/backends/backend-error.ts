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
  | InstallErrorCode;

/** Why an engine was not installed. What was there before is untouched. */
export type InstallErrorCode =
  /** Nothing of this engine is built for this system. */
  | 'platform-unsupported'
  /** npm, pip or a C++ compiler is not there. */
  | 'tool-missing'
  | 'disk-full'
  | 'network-unreachable'
  /** A registry answered, and did not give the file; or a folder given does not hold it. */
  | 'download-failed'
  /** A file is not the one that was tested: damaged, or another. */
  | 'digest-mismatch'
  | 'build-failed'
  /** It was put together, and does not load or computes wrongly. */
  | 'check-failed'
  | 'interrupted'
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
