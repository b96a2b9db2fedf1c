import type { RunEvent } from '../../runtime/events.ts';
import type { CellName } from '../../runtime/records/study-event.ts';
import type { RunKey } from './find-run.ts';

/** One run of a study: a row with a seed. Two rows that mean the same are one run. */
export interface Cell extends CellName {
  readonly key: RunKey;
}

export interface CellError {
  readonly code?: string;
  readonly message: string;
  readonly help?: string;
}

/** How a cell ended. */
export interface CellEnd {
  readonly status: 'complete' | 'interrupted' | 'failed';
  /** Absent where it never got a folder. */
  readonly folder?: string;
  /** It was complete before. */
  readonly reused?: true;
  readonly error?: CellError;
}

/** Runs a cell, anew or on from `resume`. Never rejects: failures are ends. */
export type RunCell = (cell: Cell, resume: string | undefined, onEvent: (event: RunEvent) => void) => Promise<CellEnd>;
