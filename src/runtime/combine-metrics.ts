/** Metrics of metrics: `metric H = 2 * base.top1 * new.top1 / (base.top1 + new.top1)`. */
import type { CombinedMetric, MetricFormula } from '../compiler/program/program.ts';
import type { EvaluationResult } from './checkpoint.ts';
import type { MetricValue } from './events.ts';

/** The name under which combined metrics stand among the results. */
export const combinedEvaluation = 'combined';

/** Those whose parts have all been measured; a value that is not finite is null. */
export function combineMetrics(
  combined: readonly CombinedMetric[],
  results: readonly EvaluationResult[],
): MetricValue[] {
  return combined.flatMap(({ name, unit, value }): MetricValue[] => {
    const number = valueOf(value, results);
    if (number === undefined) return [];
    return [{ name, value: Number.isFinite(number) ? number : null, ...(unit === undefined ? {} : { unit }) }];
  });
}

const one: Record<Extract<MetricFormula, { kind: 'one' }>['op'], (x: number) => number> = {
  neg: (x) => -x, sqrt: Math.sqrt, log: Math.log, exp: Math.exp, abs: Math.abs,
}; // prettier-ignore

const two: Record<Extract<MetricFormula, { kind: 'two' }>['op'], (x: number, y: number) => number> = {
  add: (x, y) => x + y, sub: (x, y) => x - y, mul: (x, y) => x * y, div: (x, y) => x / y,
  pow: (x, y) => x ** y, min: Math.min, max: Math.max,
}; // prettier-ignore

function valueOf(formula: MetricFormula, results: readonly EvaluationResult[]): number | undefined {
  switch (formula.kind) {
    case 'number':
      return formula.value;
    case 'metric': {
      const result = results.findLast((each) => each.evaluation === formula.evaluation);
      return result?.metrics.find((each) => each.name === formula.metric)?.value ?? undefined;
    }
    case 'one': {
      const of = valueOf(formula.of, results);
      return of === undefined ? undefined : one[formula.op](of);
    }
    case 'two': {
      const [left, right] = [valueOf(formula.left, results), valueOf(formula.right, results)];
      return left === undefined || right === undefined ? undefined : two[formula.op](left, right);
    }
  }
}
