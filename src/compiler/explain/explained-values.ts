/** Values by their names: of which axes, from what, and when they are computed and why. */
import type { CheckedExperiment } from '../check/checked.ts';
import { printFormula } from '../check/print-formula.ts';
import { reachable, rootsOf } from '../check/reachability.ts';
import type { Typed } from '../check/typed.ts';
import type { Program } from '../program/program.ts';
import type { Stage } from '../program/stage.ts';
import { axisWord, printSize, type Axis } from '../types/axis.ts';
import { printValueType } from '../types/value-type.ts';
import type { ExplainedAxis, ExplainedValue } from './explanation.ts';
import type { Places } from './places.ts';

/** How the reason begins why a value is no part of a training step, but of an evaluation. */
export const onlyMeasured = 'evaluations alone read it';

/** The same of what only tells where tensors start. */
export const onlyStarts = 'read where';

/** Values of all stages: what a stage declares anew stands beside what it replaces. */
export function explainedValues(checked: CheckedExperiment, program: Program, place: Places): ExplainedValue[] {
  const found = new Map<string, ExplainedValue>();
  const metrics = checked.stages.flatMap(({ evaluations }) => evaluations.flatMap((each) => each.metrics.map((metric) => metric.typed))); // prettier-ignore
  // a tensor starts from its start; it does not read it
  const measured = reachable(metrics, ({ op }) => op !== 'parameter');
  const starts = startedFrom(checked);
  for (const stage of checked.stages) {
    for (const { name, typed, statement } of stage.values) {
      const at = place.at(statement?.span ?? typed.span);
      const key = `${name} ${at}`;
      const known = found.get(key);
      if (known !== undefined && known.when !== null) continue;
      const kind = statement?.kind === 'loss' ? 'loss' : 'let';
      const formula = statement === undefined ? '' : printFormula(statement.value);
      const made = program.stages.find((each) => each.name === stage.name);
      found.set(key, explainedValue({ name, kind, formula, typed, at }, made, measured, starts));
    }
  }
  return [...found.values()];
}

/** `stage`: of which it is computed, where one computes it. */
export function explainedValue(
  { name, kind, formula, typed, at }: Pick<ExplainedValue, 'name' | 'kind' | 'formula' | 'at'> & { readonly typed: Typed }, // prettier-ignore
  stage: Stage | undefined,
  measured: ReadonlySet<Typed> = new Set(),
  starts: ReadonlyMap<Typed, string> = new Map(),
): ExplainedValue {
  const read = typed.op === 'column' ? ({ when: 'sample', ahead: false, because: 'it is read of the sample as it is' } as const) : undefined; // prettier-ignore
  const time = kind === 'metric' ? undefined : (stage?.values.find((value) => value.name === name) ?? read);
  const nodes = [...reachable([typed])];
  const columns = [...new Set(nodes.flatMap((node) => (node.op === 'column' ? [node.attributes.column] : [])))];
  return {
    name,
    kind,
    type: printValueType(typed.type),
    axes: typed.type.axes.map(explainedAxis),
    masked: typed.mask !== undefined,
    formula,
    when: time?.when ?? null,
    ahead: time?.ahead ?? false,
    because: time?.because ?? (kind === 'metric' ? 'it is measured, not trained' : measured.has(typed) ? whyMeasured(columns) : starts.has(typed) ? `${onlyStarts} \`${starts.get(typed)}\` starts${columns.length === 0 ? '' : ', for each sample'}` : 'no training step reads it'), // prettier-ignore
    columns,
    parts: [...new Set(nodes.flatMap((node) => (node.op === 'call' || node.op === 'parameter' ? [node.attributes.owner] : [])))], // prettier-ignore
    at,
  };
}

export const explainedAxis = (axis: Axis): ExplainedAxis => ({
  id: axisWord(axis),
  kind: axis.kind,
  size: printSize(axis.size),
});

/** What tensors start from, with the name of the first that does. */
function startedFrom({ stages }: CheckedExperiment): ReadonlyMap<Typed, string> {
  const found = new Map<Typed, string>();
  for (const typed of reachable(stages.flatMap(rootsOf))) {
    if (typed.op !== 'parameter') continue;
    const { owner, path } = typed.attributes;
    for (const below of reachable(typed.args))
      if (!found.has(below)) found.set(below, path === '' ? owner : `${owner}.${path}`);
  }
  return found;
}

/** In an evaluation every parameter is constant: a value is known once, or once a sample. */
const whyMeasured = (columns: readonly string[]): string =>
  columns.length === 0 ? `${onlyMeasured}, once: no sample is in it` : `${onlyMeasured}, for each sample`;
