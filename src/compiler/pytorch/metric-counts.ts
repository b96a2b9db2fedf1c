/** How many elements masks leave to metrics: an entry of which nothing is left has no value, and that is said. */
import type { CheckedEvaluation } from '../check/checked.ts';
import type { Typed } from '../check/typed.ts';
import { takenIn } from '../elaborate/taken-in.ts';
import type { Evaluation } from '../program/program.ts';

export interface MetricCount {
  /** As the table of the metric calls it. */
  readonly name: string;
  readonly metric: string;
  /** The number for each entry of the metric, or for all of some of its axes. */
  readonly left: Typed;
  /** The metric itself, for its axes. */
  readonly of: Typed;
}

/** Those that the table of the evaluation asks for. */
export function metricCounts({ metrics }: Pick<CheckedEvaluation, 'metrics'>, spec: Pick<Evaluation, 'table'> | undefined): readonly MetricCount[] {
  return metrics.flatMap(({ name: metric, typed }) => {
    const counted = spec?.table.find(({ name }) => name === metric)?.counted ?? [];
    return takenIn(typed).flatMap(({ left }, at): MetricCount[] => {
      const name = counted[at]?.left;
      return left === undefined || name === undefined ? [] : [{ name, metric, left, of: typed }];
    });
  });
} // prettier-ignore
