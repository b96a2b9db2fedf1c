import type { CheckedEvaluation } from '../../check/checked.ts';
import { sourceText } from '../../check/source-text.ts';
import type { Change, RuleId } from '../change.ts';
import { paired, type Sides } from '../sides.ts';

/** Evaluations and their metrics: what is measured, on what, how often. Formulas of metrics: `formulas.ts`. */
export function evaluationChanges(sides: Sides): Change[] {
  return paired(sides.base.checked.evaluations, sides.head.checked.evaluations, (each) => each.name).flatMap(({ base, head }): Change[] => {
    const path = `evaluate ${(base ?? head)?.name ?? ''}`;
    const places = { base: base?.span, head: head?.span };
    if (base === undefined && head !== undefined) return [sides.change('evaluation-added', path, null, table(head), `+ ${head.name} on ${head.data}: ${table(head).join(', ')}`, places)];
    if (head === undefined && base !== undefined) return [sides.change('evaluation-removed', path, table(base), null, `− ${base.name} on ${base.data}: ${table(base).join(', ')}`, places)];
    return base === undefined || head === undefined ? [] : bothSides(sides, base, head, path);
  }); // prettier-ignore
}

function bothSides(sides: Sides, base: CheckedEvaluation, head: CheckedEvaluation, path: string): Change[] {
  const places = { base: base.span, head: head.span };
  const changes: Change[] = [];
  const differing = (rule: RuleId, field: string, before: string | number, after: string | number): void => {
    if (before !== after)
      changes.push(sides.change(rule, `${path}.${field}`, before, after, `${head.name}: ${field} ${before} → ${after}`, places)); // prettier-ignore
  };
  const data = sides.names.data.get(base.data) ?? base.data;
  if (data !== head.data) differing('evaluation-data', 'data', base.data, head.data);
  differing('evaluation-time', 'every', timeWords(base), timeWords(head));
  differing('evaluation-batch', 'batch', base.batch, head.batch);
  differing('selection', 'best', bestWords(base), bestWords(head));
  return [...changes, ...metrics(sides, base, head)];
}

function metrics(sides: Sides, base: CheckedEvaluation, head: CheckedEvaluation): Change[] {
  return paired(base.metrics, head.metrics, (metric) => metric.name).flatMap((pair): Change[] => {
    const path = `metric ${head.name}.${(pair.base ?? pair.head)?.name ?? ''}`;
    const places = { base: pair.base?.span, head: pair.head?.span };
    const before = pair.base && sourceText(sides.base.graph, pair.base.span);
    const after = pair.head && sourceText(sides.head.graph, pair.head.span);
    if (before === undefined)
      return [sides.change('metric-added', path, null, after ?? '', `+ ${path.slice(7)} = ${after ?? ''}`, places)];
    if (after === undefined)
      return [sides.change('metric-removed', path, before, null, `− ${path.slice(7)} = ${before}`, places)];
    const [unit, newUnit] = [pair.base?.unit ?? 'no unit', pair.head?.unit ?? 'no unit'];
    return unit === newUnit
      ? []
      : [sides.change('metric-unit', path, unit, newUnit, `${path.slice(7)}: ${unit} → ${newUnit}`, places)];
  });
}

const table = (evaluation: CheckedEvaluation): string[] => evaluation.metrics.map((metric) => metric.name);

const timeWords = ({ every }: CheckedEvaluation): string =>
  every === undefined ? 'at the end' : `${every.value} ${every.unit}${every.value === 1 ? '' : 's'}`;

const bestWords = ({ best }: CheckedEvaluation): string =>
  best === undefined ? 'none' : `${best.direction} ${best.metric}`;
