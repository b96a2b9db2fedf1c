import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { recordsIn } from '../../runtime/records/records-in.ts';
import { isAlive, runPaths } from '../../runtime/records/run-folder.ts';
import type { RunRecord } from '../../runtime/records/run-record.ts';

/** What makes two runs the same: what the program means, the seed, and what its files hold. */
export interface RunKey {
  readonly semantic: string;
  readonly seed: number;
  readonly inputs: string;
}

/** How far the runs of a key have come. */
export type FoundRun =
  | { readonly kind: 'complete'; readonly folder: string }
  /** Interrupted or killed: it goes on from its checkpoint. */
  | { readonly kind: 'unfinished'; readonly folder: string }
  /** Another process is at it. */
  | { readonly kind: 'busy'; readonly folder: string }
  | { readonly kind: 'none' };

/** A log that was silent for so long belongs to nobody, though a process of that number lives. */
const longestSilence = 10 * 60_000;

/** Looks through a folder of runs, anew at each call. A record of another version, or none, is passed over. */
export function findRun(runsFolder: string, key: RunKey, now: number): FoundRun {
  const runs = recordsIn(runsFolder)
    .filter(({ record }) => matches(record, key))
    .sort((a, b) => (a.record.updated < b.record.updated ? 1 : -1));
  const complete = runs.find(({ record, folder }) => record.state === 'complete' && existsSync(runPaths(folder).metrics)); // prettier-ignore
  if (complete !== undefined) return { kind: 'complete', folder: complete.folder };
  const busy = runs.find(({ record, folder }) => isBusy(record, folder, now));
  if (busy !== undefined) return { kind: 'busy', folder: busy.folder };
  const unfinished = runs.find(({ record, folder }) => canGoOn(record, folder));
  return unfinished === undefined ? { kind: 'none' } : { kind: 'unfinished', folder: unfinished.folder };
}

/** A record that does not say what its files held is of a run before that was recorded. */
function matches(record: RunRecord, { semantic, seed, inputs }: RunKey): boolean {
  // what was made of random data has numbers that mean nothing
  if (record.random === true) return false;
  return record.digests.semantic === semantic && record.seed === seed && (record.inputs ?? inputs) === inputs;
}

/** Whether a process is at it: one that lives and has said something of late. */
export function isBusy({ state, process }: RunRecord, folder: string, now: number): boolean {
  if ((state !== 'running' && state !== 'pending') || !isAlive(process)) return false;
  const { events, record } = runPaths(folder);
  const spoke = Math.max(...[events, record].filter((it) => existsSync(it)).map((it) => statSync(it).mtimeMs));
  return now - spoke < longestSilence;
}

/** A run that failed goes on where the world was at fault, as a full disk is; what failed by itself would fail again. */
function canGoOn({ state, error }: RunRecord, folder: string): boolean {
  if (state === 'interrupted' || state === 'running') return true;
  return state === 'failed' && error?.fault === 'world' && existsSync(join(runPaths(folder).checkpoint, 'state.json'));
}
