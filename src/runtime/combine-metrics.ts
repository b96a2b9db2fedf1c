/** Metrics of metrics: `metric H = 2 * base.top1 * new.top1 / (base.top1 + new.top1)`. */
import type { CombinedMetric, MetricFormula } from '../compiler/program/combined-metric.ts';
import type { EvaluationResult } from './checkpoint.ts';
import type { MetricValue } from './events.ts';

/** The name under which combined metrics stand among the results. */
export const combinedEvaluation = 'combined';

/**
 * Those of which `own` measures something and whose parts have all been measured, there or in `earlier` stages; a value that is not finite
 * is null.
 */
export function combineMetrics(
  combined: readonly CombinedMetric[],
  earlier: readonly EvaluationResult[],
  own: readonly EvaluationResult[],
): MetricValue[] {
  const measured = new Set(own.map(({ evaluation }) => evaluation));
  return combined.flatMap(({ name, unit, value }): MetricValue[] => {
    const number = readsOne(value, measured) ? valueOf(value, [...earlier, ...own]) : undefined;
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

/** Whether it is made of a metric of these evaluations. */
function readsOne(formula: MetricFormula, evaluations: ReadonlySet<string>): boolean {
  if (formula.kind === 'metric') return evaluations.has(formula.evaluation);
  if (formula.kind === 'one') return readsOne(formula.of, evaluations);
  return formula.kind === 'two' && (readsOne(formula.left, evaluations) || readsOne(formula.right, evaluations));
}

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
