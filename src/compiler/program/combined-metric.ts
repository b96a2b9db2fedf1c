/** Metrics of metrics. */

/** A metric computed from metrics: `metric H = 2 * base.top1 * new.top1 / (base.top1 + new.top1)`. */
export interface CombinedMetric {
  readonly name: string;
  readonly formula: string;
  readonly unit?: string;
  readonly value: MetricFormula;
}

export type MetricFormula =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'metric'; readonly evaluation: string; readonly metric: string }
  | { readonly kind: 'one'; readonly op: 'neg' | 'sqrt' | 'log' | 'exp' | 'abs'; readonly of: MetricFormula }
  | { readonly kind: 'two'; readonly op: 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'min' | 'max'; readonly left: MetricFormula; readonly right: MetricFormula }; // prettier-ignore
