import type { BackendInfo } from '../backends/backend.ts';
import type { BestCheckpoint } from '../checkpoint.ts';
import type { ProgramDigests } from '../../compiler/program/program.ts';
import type { RunFault } from '../run-error.ts';

export type RunState = 'pending' | 'running' | 'complete' | 'interrupted' | 'failed';

/** `run.json` of a run folder (schema `schemas/run.json`). */
export interface RunRecord {
  readonly schema: 'clipx.run/1';
  readonly state: RunState;
  readonly name: string;
  readonly title: string;
  readonly row: string;
  readonly seed: number;
  readonly digests: ProgramDigests;
  /** ISO 8601. */
  readonly created: string;
  readonly updated: string;
  /** Id of the process that writes here; where it is gone, a `running` record was killed. */
  readonly process: number;
  readonly backend?: BackendInfo;
  readonly stage?: string;
  readonly step?: number;
  readonly steps?: number;
  readonly best?: BestCheckpoint;
  readonly error?: {
    readonly code: string;
    readonly fault: RunFault;
    readonly message: string;
    readonly help?: string;
  };
}
