import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPaths } from './run-folder.ts';
import type { RunRecord } from './run-record.ts';

export interface RecordedRun {
  readonly folder: string;
  readonly record: RunRecord;
}

/** Every run in a folder of runs. What holds no record, or one of another version, is passed over. */
export function recordsIn(runsFolder: string): RecordedRun[] {
  if (!existsSync(runsFolder)) return [];
  return readdirSync(runsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const folder = join(runsFolder, name);
      const record = readRecord(folder);
      return record === undefined ? [] : [{ folder, record }];
    });
}

/** The record of a run folder; undefined where it holds none that can be read. */
export function readRecord(folder: string): RunRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(runPaths(folder).record, 'utf8')) as Partial<RunRecord>;
    return record.schema === 'clipx.run/1' ? (record as RunRecord) : undefined;
  } catch {
    return undefined;
  }
}
