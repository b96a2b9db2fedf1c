import type { RecordedBackend } from '../backends/backend.ts';
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
  /** On random data, at sizes of its own: its numbers mean nothing. */
  readonly random?: true;
  readonly seed: number;
  readonly digests: ProgramDigests;
  /** Of what its files held when it began: data, weights, tables. Absent where nobody asked. */
  readonly inputs?: string;
  /** ISO 8601. */
  readonly created: string;
  readonly updated: string;
  /** Id of the process that writes here; where it is gone, a `running` record was killed. */
  readonly process: number;
  readonly backend?: RecordedBackend;
  /** Runs whose weights this one starts from. */
  readonly weights?: readonly WeightsSource[];
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

/** A run that tensors were read from. */
export interface WeightsSource {
  /** As the file names it. */
  readonly run: string;
  /** Relative to the project where it lies there. */
  readonly folder: string;
  readonly row: string;
  readonly seed: number;
  /** Semantic digest of its experiment. */
  readonly semantic: string;
  /** What starts from it, and from which part there where that is called otherwise: `eye from clip.image`. */
  readonly parts: readonly string[];
  readonly tensors: number;
  /** Of the tensors that were read, by name. */
  readonly sha256: string;
}
