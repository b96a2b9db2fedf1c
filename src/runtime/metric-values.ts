/** What a metric came to, and of how many elements. */
import { invariant } from '../compiler/common/invariant.ts';
import type { Evaluation, MetricSpec } from '../compiler/program/evaluation.ts';
import type { TensorValue } from './backends/backend.ts';
import type { MetricValue } from './events.ts';
import type { Tensors } from './feeds.ts';
import { RunError } from './run-error.ts';

/**
 * Metrics in table order. A mean or an extreme of nothing is no number: it is null, and the mean over the entries of a metric is that of
 * the others. Throws RunError CX8223 naming the metrics that are not finite.
 */
export function metricValues(evaluation: Evaluation, outputs: Tensors): MetricValue[] {
  const byName = new Map<string, TensorValue>();
  const counts = new Map<string, TensorValue>();
  for (const [name, source] of Object.entries(evaluation.metrics.outputs)) {
    const value = outputs[name];
    invariant(value, `${evaluation.metrics.id} gave no ${name}`);
    if (source.kind === 'metric') byName.set(source.name, value);
    if (source.kind === 'count') counts.set(source.name, value);
  }
  const nonfinite: string[] = [];
  const metrics = evaluation.table.map((spec): MetricValue => {
    const value = byName.get(spec.name);
    invariant(value, `${evaluation.metrics.id} does not compute ${spec.name}`);
    const numbers = Array.from(value.data);
    const { count, empty } = takenIn(spec, counts, numbers.length);
    const at = numbers.findIndex((entry, place) => !empty.has(place) && !Number.isFinite(entry));
    if (at >= 0) {
      const entry = spec.entries?.[at];
      nonfinite.push(`\`${spec.name}\`${entry === undefined ? '' : ` of "${entry}"`} is ${numbers[at]}`);
    }
    const there = numbers.filter((_, place) => !empty.has(place));
    return {
      name: spec.name,
      value: there.length === 0 ? null : there.reduce((sum, entry) => sum + entry, 0) / there.length,
      ...(spec.unit === undefined ? {} : { unit: spec.unit }),
      ...(count === undefined ? {} : { count }),
      ...(spec.shape.length === 0 ? {} : { values: numbers.map((each, place) => (empty.has(place) ? null : each)) }),
      ...(spec.entries === undefined ? {} : { entries: spec.entries }),
    };
  });
  if (nonfinite.length > 0) {
    throw new RunError(
      'numerical',
      'CX8223',
      `evaluation \`${evaluation.name}\` on ${evaluation.data}: ${nonfinite.join(', ')}`,
      { help: 'a division by zero, or a logarithm or root of what is not positive; guard it with `where:` or `max(x, ε)`' },
    );
  }
  return metrics;
} // prettier-ignore

/** The fewest elements of its reductions, over all entries together, and the entries of which there are none. */
function takenIn(
  { name, counted = [] }: MetricSpec,
  counts: ReadonlyMap<string, TensorValue>,
  entries: number,
): { readonly count: number | undefined; readonly empty: ReadonlySet<number> } {
  const empty = new Set<number>();
  let count: number | undefined;
  for (const each of counted) {
    let found = each.elements;
    if (each.left !== undefined) {
      const left = counts.get(each.left);
      invariant(left, `nothing counts ${name}`);
      const numbers = Array.from(left.data);
      for (let place = 0; place < entries; place++) if (numbers[place] === 0) empty.add(place);
      found *= Math.round(numbers.reduce((sum, number) => sum + number, 0));
    }
    count = Math.min(count ?? found, found);
  }
  return { count, empty };
}

/** Metrics that averaged nothing, in words; undefined where there are none. */
export function emptyMetrics(metrics: readonly MetricValue[]): string | undefined {
  const found = metrics.flatMap(({ name, value, values = [], entries = [] }): string[] => {
    const none = values.flatMap((each, at) => (each === null ? [entries[at] ?? String(at)] : []));
    if (value === null && none.length === values.length) return [`\`${name}\``];
    const shown = none.slice(0, 3).map((entry) => `"${entry}"`).join(', ');
    return none.length === 0 ? [] : [`\`${name}\` of ${shown}${none.length > 3 ? ` and ${none.length - 3} more` : ''}`];
  }); // prettier-ignore
  return found.length === 0 ? undefined : found.join(', ');
}
