import type { CellState, StudyEventBody } from '../../runtime/records/study-event.ts';
import type { Cell, CellEnd, RunCell } from './cell.ts';
import { lockCell } from './cell-lock.ts';
import { findRun } from './find-run.ts';
import { mainResult } from './read-run.ts';

export interface CellsRequest {
  readonly cells: readonly Cell[];
  readonly jobs: number;
  readonly runsFolder: string;
  /** Runs that are complete count for nothing: every cell is run anew. */
  readonly fresh: boolean;
  readonly run: RunCell;
  readonly tell: (event: StudyEventBody) => void;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** How long to wait before a cell that another process runs is looked at again. */
const patience = 1000;

/**
 * Runs the cells of a study, `jobs` at a time, in their order. A cell that is complete is taken from its folder, one that was interrupted or
 * killed goes on from its checkpoint, one that another process is at (it holds the lock of its key) is waited for. A cell that fails stops no other. The ends are in the order
 * of the cells; undefined where a signal came first.
 */
export async function runCells(request: CellsRequest): Promise<readonly (CellEnd | undefined)[]> {
  const { cells, jobs, tell, signal } = request;
  const ends: (CellEnd | undefined)[] = cells.map(() => undefined);
  const waiting = cells.map((_, index) => index);
  // keys that are being run here, and those that were
  const running = new Set<string>();
  const done = new Map<string, CellEnd>();

  const end = async (index: number, found: CellEnd): Promise<void> => {
    ends[index] = found;
    const state: CellState = found.reused === true ? 'reused' : found.status;
    const result = found.status === 'complete' && found.folder !== undefined ? await mainResult(found.folder) : undefined; // prettier-ignore
    tell({
      event: 'cell.state',
      cell: index,
      state,
      ...(found.folder !== undefined && { folder: found.folder }),
      ...(result !== undefined && { result }),
      ...(found.error !== undefined && { message: found.error.message }),
    });
  };

  const take = async (index: number, cell: Cell): Promise<void> => {
    const key = keyOf(cell);
    const before = done.get(key);
    if (before?.status === 'complete') return end(index, { ...before, reused: true });
    if (request.fresh) return run(index, cell, undefined);
    const lock = lockCell(request.runsFolder, cell.key);
    try {
      // behind the lock: whoever had it before has told how far it came
      const found = findRun(request.runsFolder, cell.key, request.now());
      if (found.kind === 'complete') return await end(index, { status: 'complete', folder: found.folder, reused: true }); // prettier-ignore
      if (lock !== undefined && found.kind !== 'busy')
        return await run(index, cell, found.kind === 'unfinished' ? found.folder : undefined);
      waiting.push(index);
      tell({ event: 'cell.state', cell: index, state: 'elsewhere', ...(found.kind !== 'none' && { folder: found.folder }) }); // prettier-ignore
    } finally {
      lock?.release();
    }
    return request.sleep(patience);
  };

  const run = async (index: number, cell: Cell, resume: string | undefined): Promise<void> => {
    const key = keyOf(cell);
    running.add(key);
    tell({ event: 'cell.state', cell: index, state: 'running' });
    const ended = await request.run(cell, resume, (of) => tell({ event: 'cell.event', cell: index, of }));
    running.delete(key);
    done.set(key, ended);
    return end(index, ended);
  };

  const work = async (): Promise<void> => {
    while (waiting.length > 0 && !signal.aborted) {
      const place = waiting.findIndex((index) => !running.has(keyOf(cells[index])));
      const [index] = place < 0 ? [] : waiting.splice(place, 1);
      const cell = index === undefined ? undefined : cells[index];
      if (index === undefined || cell === undefined) await request.sleep(patience / 4);
      else await take(index, cell);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, cells.length) }, work));
  return ends;
}

const keyOf = (cell: Cell | undefined): string => `${cell?.key.semantic} ${cell?.key.seed} ${cell?.key.inputs}`;
