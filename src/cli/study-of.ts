import { join } from 'node:path';
import type { CheckedExperiment } from '../compiler/check/checked.ts';
import type { MetricValue } from '../runtime/events.ts';
import { claimKey, metricsOfClaim } from '../runtime/records/judge-claim.ts';
import { metricKey } from '../runtime/records/metric-key.ts';
import { spreadOf, type Study, type StudyKept, type StudyMetric, type StudyRow } from '../runtime/records/study.ts';
import type { Experiment } from './experiment.ts';
import { packageVersion } from './package-version.ts';
import type { FinishedRun } from './run-experiment.ts';
import { checkStudy, studyPath } from './study-file.ts';

/** The table of these runs; nothing where none of them was completed. */
export function studyOf(finished: readonly FinishedRun[], checked: CheckedExperiment): Study | undefined {
  const complete = finished.filter((it) => it.outcome.status === 'complete' && it.record !== undefined);
  const first = complete[0]?.record;
  if (first === undefined) return undefined;
  const claimed = claimedEntries(checked);
  const metrics = new Map<string, StudyMetric>();
  const rows = new Map<string, StudyRow>();
  for (const { outcome, record, summary } of complete) {
    if (record === undefined) continue;
    const values: Record<string, number | null> = {};
    for (const result of outcome.results) {
      for (const metric of result.metrics) {
        const key = metricKey({ ...result, name: metric.name });
        for (const { entry, key: column } of claimed.get(key) ?? []) {
          metrics.set(column, { key: column, ...(metric.unit !== undefined && { unit: metric.unit }) });
          values[column] = entryOf(metric, entry) ?? null;
        }
        if (metric.values !== undefined) continue;
        metrics.set(key, describeMetric(key, metric.name, metric.unit, checked));
        values[key] = metric.value;
      }
    }
    const { digests } = record.record;
    // a run may serve two rows that mean the same: the row is that of the cell
    const { row, seed } = summary;
    const runs = [...(rows.get(row)?.runs ?? []), { seed, values }];
    rows.set(row, { row, digests, runs });
  }
  const { updated, name } = first.record;
  const engines = complete.flatMap(({ record }) => {
    const backend = record?.record.backend;
    return backend === undefined ? [] : [`${backend.name} ${backend.version} on ${backend.device}`];
  });
  return {
    schema: 'clipx.study/1',
    experiment: name,
    clipx: packageVersion(),
    engine: [...new Set(engines)].join(', ') || 'unknown',
    made: complete.map((it) => it.record?.record.updated ?? updated).toSorted().at(-1) ?? updated, // prettier-ignore
    metrics: [...metrics.values()],
    rows: [...rows.values()],
    ...keptOf(checked, [...rows.values()]),
  };
}

/** Entries of tables that claims speak of: each is a column of its own. By the key of the table. */
function claimedEntries({
  expectations,
}: CheckedExperiment): ReadonlyMap<string, readonly { readonly entry: string; readonly key: string }[]> {
  const found = new Map<string, { readonly entry: string; readonly key: string }[]>();
  for (const metric of expectations.flatMap(({ claim }) => (claim === undefined ? [] : metricsOfClaim(claim)))) {
    const { entry, ...whole } = metric;
    if (entry === undefined) continue;
    const table = claimKey(whole);
    const known = found.get(table) ?? [];
    if (!known.some((it) => it.entry === entry)) found.set(table, [...known, { entry, key: claimKey(metric) }]);
  }
  return found;
}

/** By its name, or by its number where entries have none. */
function entryOf({ values = [], entries }: MetricValue, entry: string): number | null | undefined {
  return values[entries === undefined ? Number(entry) : entries.indexOf(entry)];
}

/** The best point of each sweep that says by what: by the mean over the seeds that were run; of equals the first. */
function keptOf({ sweeps }: CheckedExperiment, rows: readonly StudyRow[]): Pick<Study, 'kept'> {
  const kept = sweeps.flatMap(({ name, points, keep }): StudyKept[] => {
    if (keep === undefined) return [];
    const key = metricKey({ ...keep, name: keep.metric });
    const measured = points.flatMap((point) => {
      const runs = rows.find((each) => each.row === point)?.runs ?? [];
      const spread = spreadOf(runs.map((run) => run.values[key]));
      return spread === undefined ? [] : [{ point, value: spread.mean }];
    });
    const [first, ...rest] = measured;
    if (first === undefined) return [];
    const isBetter = (a: number, b: number): boolean => (keep.direction === 'max' ? a > b : a < b);
    const best = rest.reduce((found, each) => (isBetter(each.value, found.value) ? each : found), first);
    return [{ sweep: name, row: best.point, metric: key, direction: keep.direction, value: best.value }];
  });
  return kept.length === 0 ? {} : { kept };
}

function describeMetric(key: string, name: string, unit: string | undefined, checked: CheckedExperiment): StudyMetric {
  const best = checked.stages.flatMap((stage) => stage.evaluations.map((it) => it.best)).find((it) => it?.metric === name); // prettier-ignore
  return { key, ...(unit !== undefined && { unit }), ...(best !== undefined && { direction: best.direction }) };
}

/** Writes `study.json` beside the experiment and gives back its path in the project. */
export async function writeStudy(study: Study, experiment: Experiment): Promise<string> {
  const path = studyPath(experiment);
  const { writeJsonAtomic } = await import('../runtime/atomic-file.ts');
  writeJsonAtomic(join(experiment.project.root, path), await checkStudy(study, path));
  return path;
}
