import { combinedEvaluation } from '../combine-metrics.ts';

/** Where a metric belongs. */
export interface MetricPlace {
  readonly stage: string;
  readonly evaluation: string;
  readonly data: string;
  readonly name: string;
}

/** Names a metric of an experiment in files: `target.error`, `dg.e.error`, with the stage before it unless that is `main`. */
export function metricKey({ stage, evaluation, data, name }: MetricPlace): string {
  const before = stage === 'main' ? '' : `${stage}/`;
  // a metric of metrics belongs to no evaluation
  if (evaluation === combinedEvaluation) return `${before}${name}`;
  const place = evaluation === data ? data : `${evaluation}.${data}`;
  return `${before}${place}.${name}`;
}

/** The same for people: `target error`. */
export function metricTitle(metric: MetricPlace): string {
  return metricKey(metric).replace('/', ': ').replaceAll('.', ' ');
}
