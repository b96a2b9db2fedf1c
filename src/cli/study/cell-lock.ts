/**
 * Who is at a cell: a file for each key beside the runs, with the process and the machine that hold it. Two studies of one file that are started
 * at the same instant find no run yet; the first to make the file begins it, the other waits or takes another cell.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { sha256 } from '../../runtime/digest.ts';
import { isAlive } from '../../runtime/records/run-folder.ts';
import { describeSystemError } from '../../runtime/run-error.ts';
import type { RunKey } from './find-run.ts';

export interface CellLock {
  release(): void;
}

interface Holder {
  readonly process: number;
  readonly host: string;
}

/** A lock that nobody touched for so long is nobody's, though a process of that number lives, or its machine is another one. */
const longestSilence = 10 * 60_000;
const touchedEvery = 30_000;

/** Undefined where another process has it. Throws RunError CX8211 … where the folder cannot be written. */
export function lockCell(runsFolder: string, key: RunKey, now: () => number = Date.now): CellLock | undefined {
  const folder = join(runsFolder, '.cells');
  const path = join(folder, `${sha256(`${key.semantic} ${key.seed} ${key.inputs}`).slice(0, 32)}.lock`);
  try {
    if (!make(folder, path)) {
      if (!isStale(path, now())) return undefined;
      clear(folder, path, now);
      if (!make(folder, path)) return undefined;
    }
  } catch (error) {
    throw describeSystemError(error, `${path} could not be written`);
  }
  const touch = setInterval(() => ignoring(() => utimesSync(path, new Date(), new Date())), touchedEvery);
  touch.unref();
  return {
    release() {
      clearInterval(touch);
      rmSync(path, { force: true });
      // the last one leaves no folder
      ignoring(() => rmdirSync(folder));
    },
  };
}

/** Whether it was not there: who makes the file has it. */
function make(folder: string, path: string): boolean {
  for (;;) {
    mkdirSync(folder, { recursive: true });
    try {
      const file = openSync(path, 'wx');
      const holder: Holder = { process: process.pid, host: hostname() };
      writeSync(file, `${JSON.stringify(holder)}\n`);
      closeSync(file);
      return true;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EEXIST') return false;
      // another one has just removed the empty folder
      if (code !== 'ENOENT') throw error;
    }
  }
}

/** Its process is gone, or has said nothing for long. */
function isStale(path: string, now: number): boolean {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (touched === undefined) return true;
  if (now - touched > longestSilence) return true;
  const holder = readHolder(path);
  // one that is being written is held
  return holder?.host === hostname() && !isAlive(holder.process);
}

function readHolder(path: string): Holder | undefined {
  try {
    const { process: number, host } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof number === 'number' && typeof host === 'string' ? { process: number, host } : undefined;
  } catch {
    return undefined;
  }
}

/** Removes a stale lock. Of several that find it stale one does, and looks again: what another has made meanwhile stays. */
function clear(folder: string, path: string, now: () => number): void {
  const guard = `${path}.clear`;
  if (!make(folder, guard)) {
    if (isStale(guard, now())) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isStale(path, now())) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function ignoring(work: () => void): void {
  try {
    work();
  } catch {
    // It is gone, or others are in it.
  }
}
