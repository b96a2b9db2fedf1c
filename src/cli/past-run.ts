import { readFileSync } from 'node:fs';
import type { DeviceProfile } from '../compiler/plan/device-profile.ts';
import type { MeasuredRun } from '../compiler/plan/plan.ts';
import type { Program } from '../compiler/program/program.ts';
import type { RunEvent } from '../runtime/events.ts';
import { recordsIn } from '../runtime/records/records-in.ts';
import { runPaths } from '../runtime/records/run-folder.ts';

/** What the latest whole run of the same program on the same engine took. A run that was gone on with tells its last part alone: it is left out. */
export function pastRun({ digests }: Program, device: DeviceProfile, runsFolder: string): MeasuredRun | undefined {
  const runs = recordsIn(runsFolder).filter(
    ({ record: { state, digests: own, backend } }) =>
      state === 'complete' &&
      own.semantic === digests.semantic &&
      backend?.name === device.engine &&
      backend.threads === device.threads,
  );
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
