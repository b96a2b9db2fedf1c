import { closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeSystemError } from './run-error.ts';

/**
 * Writes a file so that whoever reads it sees the old content or the new, never a part: to a neighbour file, synced, then renamed.
 * Creates the folder. Throws RunError (CX8211 …); the old file is then untouched.
 */
export function writeFileAtomic(path: string, chunks: string | Uint8Array | Iterable<Uint8Array>): void {
  const temporary = `${path}.${process.pid}.partial`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, 'w');
    try {
      for (const chunk of asChunks(chunks)) writeWhole(file, chunk);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // It was never ours, or its folder is none; what went wrong first is what is told.
    }
    throw describeSystemError(error, `${path} could not be written`);
  }
  syncFolder(dirname(path));
}

/** JSON with two spaces and a final line break. */
export function writeJsonAtomic(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Node writes and reads at most 2 GiB at once. */
const largestPart = 2 ** 30;

/** `write(2)` may take less than it was given. */
export function writeWhole(file: number, bytes: Uint8Array, position?: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    done += writeSync(
      file,
      bytes,
      done,
      Math.min(largestPart, bytes.byteLength - done),
      position === undefined ? null : position + done,
    );
  }
}

/** Fills `into` from a position on; gives how much the file had. */
export function readWhole(file: number, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.byteLength) {
    const count = readSync(file, into, done, Math.min(largestPart, into.byteLength - done), position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

function* asChunks(chunks: string | Uint8Array | Iterable<Uint8Array>): Iterable<Uint8Array> {
  if (typeof chunks === 'string') yield Buffer.from(chunks, 'utf8');
  else if (chunks instanceof Uint8Array) yield chunks;
  else yield* chunks;
}

/** Makes the rename itself durable. Some systems cannot open a folder; then the file system's own order has to do. */
function syncFolder(folder: string): void {
  let handle: number | undefined;
  try {
    handle = openSync(folder, 'r');
    fsyncSync(handle);
  } catch {
    // Windows: no handle of a folder.
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
