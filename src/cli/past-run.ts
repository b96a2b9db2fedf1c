import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceProfile } from '../compiler/plan/device-profile.ts';
import type { MeasuredRun } from '../compiler/plan/plan.ts';
import type { Program } from '../compiler/program/program.ts';
import type { RunEvent } from '../runtime/events.ts';
import { runPaths } from '../runtime/records/run-folder.ts';
import type { RunRecord } from '../runtime/records/run-record.ts';

/** What the latest whole run of the same program on the same engine took. A run that was gone on with tells its last part alone: it is left out. */
export function pastRun({ digests }: Program, device: DeviceProfile, runsFolder: string): MeasuredRun | undefined {
  if (!existsSync(runsFolder)) return undefined;
  const runs = readdirSync(runsFolder).flatMap((name) => {
    const folder = join(runsFolder, name);
    const record = readRecord(folder);
    const isSame =
      record?.state === 'complete' &&
      record.digests.semantic === digests.semantic &&
      record.backend?.name === device.engine &&
      record.backend.threads === device.threads;
    return isSame ? [{ folder, record }] : [];
  });
  const latest = runs.toSorted((a, b) => (a.record.updated < b.record.updated ? 1 : -1));
  for (const { folder, record } of latest) {
    const events = readEvents(folder);
    const end = events.find((event) => event.event === 'run.end');
    if (
      end?.event !== 'run.end' ||
      events.some((event) => event.event === 'run.start' && event.resumedAt !== undefined)
    )
      continue;
    return { folder, ended: record.updated, seconds: end.ms / 1000, bytes: end.peakMiB * 2 ** 20 };
  }
  return undefined;
}

/** A folder that holds no record that can be read is no run to compare with. */
function readRecord(folder: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(runPaths(folder).record, 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}

function readEvents(folder: string): readonly RunEvent[] {
  try {
    return readFileSync(runPaths(folder).events, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RunEvent);
  } catch {
    return [];
  }
}
