import type { MetricValue } from '../../runtime/events.ts';
import { metricKey } from '../../runtime/records/metric-key.ts';
import type { CellResult } from '../../runtime/records/study-event.ts';
import type { RunOutcome } from '../../runtime/run.ts';
import { shorterPath } from '../read-source.ts';
import type { FinishedRun } from '../run-experiment.ts';
import type { Cell, CellEnd } from './cell.ts';

/** The first metric of a finished run that is one number. */
export async function mainResult(folder: string): Promise<CellResult | undefined> {
  const { readRun } = await import('../../runtime/records/run-folder.ts');
  const { results } = await readRun(folder);
  const metrics = results.flatMap((result) => result.metrics.map((metric) => ({ result, metric })));
  const found = metrics.find(({ metric }) => metric.values === undefined) ?? metrics[0];
  if (found === undefined) return undefined;
  const { result, metric } = found;
  return {
    key: metricKey({ ...result, name: metric.name }),
    value: valueOf(metric),
    ...(metric.unit !== undefined && { unit: metric.unit }),
  };
}

function valueOf({ value, values = [] }: MetricValue): number | null {
  const known = values.filter((it) => it !== null);
  return value ?? (known.length === 0 ? null : known.reduce((sum, it) => sum + it, 0) / known.length);
}

/** What a cell's folder tells of it, as if it had just been run here. */
export async function readFinished(cell: Cell, end: CellEnd, name: string, cwd: string): Promise<FinishedRun> {
  const { readRunRecordView } = await import('../../runtime/records/report-view.ts');
  const { error } = end;
  const record = end.folder === undefined ? undefined : await readRunRecordView(end.folder);
  const finish = record?.events.findLast((it) => it.event === 'run.end');
  const certificate = record?.events.findLast((it) => it.event === 'certificate');
  const folder = end.folder === undefined ? undefined : shorterPath(end.folder, cwd);
  const fault = record?.record.error?.fault ?? 'world';
  const failure = error === undefined ? undefined : { ...error, code: error.code ?? 'CX8264', fault };
  const outcome: RunOutcome = {
    status: end.status,
    ...(end.folder !== undefined && { folder: end.folder }),
    exitStatus: end.status === 'complete' ? 0 : 1,
    steps: finish?.steps ?? record?.record.step ?? 0,
    results: record?.results ?? [],
    ...(failure !== undefined && { error: failure }),
  };
  return {
    outcome,
    record,
    summary: {
      name,
      row: cell.row,
      seed: cell.seed,
      status: end.status,
      steps: outcome.steps,
      ...(finish !== undefined && { ms: finish.ms }),
      results: outcome.results,
      baselines: record?.baselines ?? [],
      ...(certificate !== undefined && { certificate }),
      ...(folder !== undefined && { folder, report: `${folder}/report.html` }),
      ...(failure !== undefined && { error: failure }),
    },
  };
}
