/** TensorBoard's file of a run, written as the run goes: a record for each step and each evaluation, behind what is there. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic, writeWhole } from '../atomic-file.ts';
import type { RunEvent } from '../events.ts';
import { describeSystemError } from '../run-error.ts';
import { eventLine } from './run-table.ts';
import { lineRecord, versionRecord } from './tensorboard.ts';

export interface TensorboardLog {
  append(event: RunEvent): void;
  close(): void;
}

interface Run {
  /** The folder of the files. */
  readonly folder: string;
  /** When the run was made: milliseconds since the Unix epoch. */
  readonly created: number;
  /** Stages have names of their own. */
  readonly several: boolean;
}

/** The name is that of the run's beginning: a resumed run goes on in its file. */
export const tensorboardPath = ({ folder, created }: Pick<Run, 'folder' | 'created'>): string =>
  join(folder, `events.out.tfevents.${Math.floor(created / 1000)}.clipx`);

/** The file that these events make. */
export const tensorboardFile = (events: readonly RunEvent[], { created, several }: Omit<Run, 'folder'>): Uint8Array =>
  Buffer.concat([versionRecord(created), ...events.map((event) => recordOf(event, several))]);

function recordOf(event: RunEvent, several: boolean): Uint8Array {
  const line = eventLine(event);
  return line === undefined ? new Uint8Array() : lineRecord(line, several);
}

/**
 * Opens the file for appending. What is there is kept as far as `kept`, the events that a resumed run goes on from, made it: whoever reads it
 * meanwhile finds the same bytes up to there. Throws RunError CX8211 … where it cannot be written.
 */
export function openTensorboardLog(run: Run, kept: readonly RunEvent[]): TensorboardLog {
  const path = tensorboardPath(run);
  const before = tensorboardFile(kept, run);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const isThere = existsSync(path) && readFileSync(path).subarray(0, before.byteLength).equals(before);
    if (isThere) truncateSync(path, before.byteLength);
    else writeFileAtomic(path, before);
    const file = openSync(path, 'a');
    return {
      append(event) {
        try {
          writeWhole(file, recordOf(event, run.several));
        } catch (error) {
          throw describeSystemError(error, `${path} could not be written`);
        }
      },
      close: () => closeSync(file),
    };
  } catch (error) {
    throw describeSystemError(error, `${path} could not be opened`);
  }
}
