import type { EvaluationResult } from '../runtime/checkpoint.ts';
import type { FinishedRun } from './run-experiment.ts';

/** What `clipx run --json` prints (schema `schemas/result.json`): the same shape however the runs went. */
export interface RunResult {
  readonly schema: 'clipx.result/1';
  readonly runs: readonly {
    readonly name: string;
    readonly row: string;
    /** On random data: the numbers mean nothing. */
    readonly random?: true;
    readonly seed: number;
    readonly status: 'complete' | 'interrupted' | 'failed';
    readonly folder: string | null;
    readonly steps: number;
    readonly digests: { readonly semantic: string; readonly protocol: string } | null;
    readonly results: readonly EvaluationResult[];
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
}

export function runResult(finished: readonly FinishedRun[]): RunResult {
  return {
    schema: 'clipx.result/1',
    runs: finished.map(({ outcome, record, summary }) => ({
      name: summary.name,
      row: summary.row,
      ...(summary.random === true && { random: true as const }),
      seed: summary.seed,
      status: outcome.status,
      folder: outcome.folder ?? null,
      steps: outcome.steps,
      digests: record?.record.digests ?? null,
      results: outcome.results,
      error: outcome.error === undefined ? null : { code: outcome.error.code, message: outcome.error.message },
    })),
  };
}
