/**
 * What a study says while its cells run: which there are, how each stands, and the events of their runs. Screens and logs are readers of
 * this stream. JSON Schema: `schemas/study-event.json`.
 */
import type { RunEvent } from '../events.ts';

/**
 * Waiting, running, awaited (another process is at it), reused (it was complete before), or how it ended.
 */
export type CellState = 'waiting' | 'running' | 'elsewhere' | 'reused' | 'complete' | 'interrupted' | 'failed';

export interface CellName {
  readonly row: string;
  readonly seed: number;
}

/** One number to know a cell by. */
export interface CellResult {
  /** As a table names it: `target.error`. */
  readonly key: string;
  readonly value: number | null;
  readonly unit?: string;
}

export type StudyEventBody =
  | { readonly event: 'study.start'; readonly name: string; readonly jobs: number; readonly cells: readonly CellName[] }
  | {
      readonly event: 'cell.state';
      /** Index in `cells` of `study.start`. */
      readonly cell: number;
      readonly state: CellState;
      readonly folder?: string;
      readonly result?: CellResult;
      /** Why it failed. */
      readonly message?: string;
    }
  | { readonly event: 'cell.event'; readonly cell: number; readonly of: RunEvent }
  | { readonly event: 'study.end' };

export type StudyEvent = StudyEventBody & {
  readonly schema: 'clipx.study-event/1';
  /** Milliseconds since the Unix epoch. */
  readonly ts: number;
};
