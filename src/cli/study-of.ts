import { join } from 'node:path';
import type { CheckedExperiment } from '../compiler/check/checked.ts';
import { metricKey } from '../runtime/records/metric-key.ts';
import type { Study, StudyMetric, StudyRow } from '../runtime/records/study.ts';
import type { Experiment } from './experiment.ts';
import { packageVersion } from './package-root.ts';
import type { FinishedRun } from './run-experiment.ts';
import { checkStudy, studyPath } from './study-file.ts';

/** The table of these runs; nothing where none of them was completed. */
export function studyOf(finished: readonly FinishedRun[], checked: CheckedExperiment): Study | undefined {
  const complete = finished.filter((it) => it.outcome.status === 'complete' && it.record !== undefined);
  const first = complete[0]?.record;
  if (first === undefined) return undefined;
  const metrics = new Map<string, StudyMetric>();
  const rows = new Map<string, StudyRow>();
  for (const { outcome, record } of complete) {
    if (record === undefined) continue;
    const values: Record<string, number | null> = {};
    for (const result of outcome.results) {
      for (const metric of result.metrics) {
        if (metric.values !== undefined) continue;
        const key = metricKey({ ...result, name: metric.name });
        metrics.set(key, describeMetric(key, metric.name, metric.unit, checked));
        values[key] = metric.value;
      }
    }
    const { row, digests, seed } = record.record;
    const runs = [...(rows.get(row)?.runs ?? []), { seed, values }];
    rows.set(row, { row, digests, runs });
  }
  const { backend, updated, name } = first.record;
  return {
    schema: 'clipx.study/1',
    experiment: name,
    clipx: packageVersion(),
    engine: backend === undefined ? 'unknown' : `${backend.name} ${backend.version} on ${backend.device}`,
    made: complete.map((it) => it.record?.record.updated ?? updated).toSorted().at(-1) ?? updated, // prettier-ignore
    metrics: [...metrics.values()],
    rows: [...rows.values()],
  };
}

function describeMetric(key: string, name: string, unit: string | undefined, checked: CheckedExperiment): StudyMetric {
  const best = checked.evaluations.map((it) => it.best).find((it) => it?.metric === name);
  return { key, ...(unit !== undefined && { unit }), ...(best !== undefined && { direction: best.direction }) };
}

/** Writes `study.json` beside the experiment and gives back its path in the project. */
export async function writeStudy(study: Study, experiment: Experiment): Promise<string> {
  const path = studyPath(experiment);
  const { writeJsonAtomic } = await import('../runtime/atomic-file.ts');
  writeJsonAtomic(join(experiment.project.root, path), await checkStudy(study, path));
  return path;
}
