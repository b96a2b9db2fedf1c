/** The resolved experiment as data: every name, axis, default, count and moment, and where each was written. */
import { orderAxes } from '../check/build.ts';
import type { CheckedEvaluation, CheckedExperiment, CheckedStage } from '../check/checked.ts';
import { promptText } from '../check/prompt-words.ts';
import { reachable } from '../check/reachability.ts';
import { sourceText } from '../check/source-text.ts';
import type { DatasetSpec } from '../program/dataset.ts';
import type { Program } from '../program/program.ts';
import { vocabularyOriginWords } from '../program/vocabulary.ts';
import { inputWords, originWords, sourceWords, stepWords } from '../program/words.ts';
import type { ModuleGraph } from '../resolve/modules.ts';
import type { Axis } from '../types/axis.ts';
import { explainedParts } from './explained-parts.ts';
import { explainedTraining } from './explained-training.ts';
import { explainedAxis, explainedValue, explainedValues } from './explained-values.ts';
import type { Explanation, ExplainedStage } from './explanation.ts';
import { functionsUsed } from './functions-used.ts';
import { Places } from './places.ts';
import { fieldOf } from './statement-fields.ts';

/** What `explain` needs of a compilation. */
export interface ExplainedExperiment {
  readonly checked: CheckedExperiment;
  readonly program: Program;
  readonly graph: ModuleGraph;
}

/** Explains a compiled experiment. Deterministic: two compilations of one file give the same JSON. */
export function explanationOf({ checked, program, graph }: ExplainedExperiment): Explanation {
  const place = new Places(graph);
  return {
    schema: 'clipx.explain/1',
    file: graph.root?.path ?? '',
    name: checked.name,
    title: checked.title,
    row: checked.row,
    digests: program.digests,
    // what a tokenizer of the file makes of a text is no input
    inputs: checked.columns
      .filter((column) => !('cut' in column))
      .map((column) => ({
        name: column.name,
        type: inputWords(column),
        at: place.declared(column.name, 'value'),
      })),
    data: checked.data.map((spec) => explainedData(spec, place)),
    axes: (graph.root?.declarations.all ?? []).flatMap((declaration) => {
      if (declaration.kind !== 'axis') return [];
      const axis = axisCalled(checked, declaration.name.text);
      return axis === undefined ? [] : [{ ...explainedAxis(axis), at: place.at(declaration.statement.span) }];
    }),
    vocabularies: checked.vocabularies
      .filter(({ from }) => from?.kind !== 'pieces')
      .map(({ name, entries, groups, from, shares, columns }) => ({
        name,
        from: from === undefined ? null : vocabularyOriginWords(from),
        entries,
        groups,
        ...(shares === undefined ? {} : { shares }),
        ...(columns === undefined ? {} : { columns }),
        at: place.declared(name, 'axis'),
      })),
    prompts: checked.prompts.map((prompt) => ({
      name: prompt.name,
      axes: promptAxes(prompt).map(explainedAxis),
      templates: prompt.templates.map((parts) => promptText(prompt, parts)), // prettier-ignore
      texts: program.texts.find((table) => table.id.startsWith(`${prompt.name}@`))?.texts ?? [],
      at: place.at(prompt.span),
    })),
    parts: explainedParts(checked, program, graph, place),
    values: explainedValues(checked, program, place),
    functions: functionsUsed(graph),
    stages: checked.stages.map((stage) => explainedStage(stage, program, graph, place)),
    training: explainedTraining(checked.training, graph, place),
    evaluations: checked.evaluations.map((evaluation) => explainedEvaluation(evaluation, program, graph, place)),
    seeds: checked.seeds,
    rows: checked.rows.map(({ label, ablation, span }) => ({ label, ablation, at: place.at(span) })),
    expectations: checked.expectations.map(({ text, span }) => ({ text, at: place.at(span) })),
  };
}

function axisCalled(checked: CheckedExperiment, name: string): Axis | undefined {
  for (const { typed } of checked.values) {
    const found = [...reachable([typed])].flatMap((node) => node.type.axes).find((axis) => axis.id === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function explainedData(spec: DatasetSpec, place: Places): Explanation['data'][number] {
  return {
    name: spec.name,
    from: originWords(spec.source),
    columns: Object.fromEntries(Object.entries(spec.columns).map(([name, source]) => [name, sourceWords(source)])),
    steps: spec.steps.map((step) => stepWords(step)),
    mark: spec.mark ?? null,
    onBad: spec.onBad,
    at: place.declared(spec.name, 'data'),
  };
}

/** Axes of the texts and of the vectors that are spliced into them. */
function promptAxes({ axes, vectors }: CheckedExperiment['prompts'][number]): readonly Axis[] {
  const items = vectors.flatMap((each) => each.items);
  const further = items.filter((axis, at) => [...axes, ...items.slice(0, at)].every((each) => each.id !== axis.id));
  return orderAxes([...axes, ...further]);
}

function explainedStage(stage: CheckedStage, program: Program, graph: ModuleGraph, place: Places): ExplainedStage {
  const { name, after, training, evaluations, span } = stage;
  const made = program.stages.find((each) => each.name === name);
  const owners = new Map(program.parameters.map((tensor) => [tensor.name, tensor.owner]));
  return {
    name,
    after,
    trains: [...new Set((made?.trainable ?? []).map((tensor) => owners.get(tensor) ?? tensor))],
    training: training.objective === '' ? null : explainedTraining(training, graph, place),
    evaluations: evaluations.map((evaluation) => explainedEvaluation(evaluation, program, graph, place)),
    at: place.at(span),
  };
}

function explainedEvaluation(
  evaluation: CheckedEvaluation,
  program: Program,
  graph: ModuleGraph,
  place: Places,
): Explanation['evaluations'][number] {
  const { best, every } = evaluation;
  return {
    name: evaluation.name,
    data: evaluation.data,
    settings: [
      place.setting('batch', String(evaluation.batch), fieldOf(graph, evaluation.span, 'batch')),
      place.setting('every', every === undefined ? 'at the end' : `${every.value} ${every.unit}s`, fieldOf(graph, evaluation.span, 'every')), // prettier-ignore
      ...(best === undefined ? [] : [place.setting('best', `${best.direction} ${best.metric}`, fieldOf(graph, evaluation.span, 'best'))]), // prettier-ignore
    ],
    metrics: evaluation.metrics.map((metric) => ({
      ...explainedValue({ name: metric.name, kind: 'metric', formula: sourceText(graph, metric.span), typed: metric.typed, at: place.at(metric.span) }, program.stages[0]), // prettier-ignore
      unit: metric.unit ?? null,
    })),
    at: place.at(evaluation.span),
  };
}
