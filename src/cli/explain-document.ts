import type { CheckedExperiment } from '../compiler/check/checked.ts';
import type { Instance } from '../compiler/check/typed.ts';
import { protocolDigest, semanticDigest } from '../compiler/compare/digest.ts';
import { positionAt, type SourceFile } from '../compiler/source/source-file.ts';
import type { Span } from '../compiler/source/span.ts';
import { printSize, type Axis } from '../compiler/types/axis.ts';
import { printValueType } from '../compiler/types/value-type.ts';

/** The resolved experiment as data: every name, type, default and where it was written. */
export function explainDocument(checked: CheckedExperiment, sources: ReadonlyMap<string, SourceFile>) {
  const at = (span: Span): string => {
    const text = sources.get(span.file)?.text;
    return text === undefined ? span.file : `${span.file}:${positionAt(text, span.start).line}`;
  };
  const { training } = checked;
  return {
    schema: 'clipx.explained/1',
    name: checked.name,
    title: checked.title,
    row: checked.row,
    digests: { semantic: semanticDigest(checked), protocol: protocolDigest(checked) },
    columns: checked.columns,
    data: checked.data,
    vocabularies: checked.vocabularies,
    prompts: checked.prompts.map((it) => ({
      name: it.name,
      axes: it.axes.map(axisWords),
      templates: it.templates.map((parts) =>
        parts.map((part) => (part.kind === 'text' ? part.text : `{${part.axis.name}}`)).join(''),
      ),
      at: at(it.span),
    })),
    parts: checked.instances.map((it) => ({
      name: it.name,
      kind: it.kind,
      state: it.flag,
      is: partWords(it),
      from: it.from ?? null,
      exceptions: it.overrides.map(({ span, ...override }) => ({ ...override, at: at(span) })),
      at: at(it.span),
    })),
    parameters: checked.parameters.map((it) => ({ name: it.name, state: it.flag, at: at(it.span) })),
    values: checked.values.map((it) => ({
      name: it.name,
      type: printValueType(it.typed.type),
      axes: it.typed.type.axes.map(axisWords),
      masked: it.typed.mask !== undefined,
      at: at(it.typed.span),
    })),
    weights: checked.weights.map((it) => ({ name: it.name, value: it.value ?? null, at: at(it.span) })),
    training: {
      data: training.data ?? null,
      objective: training.objective,
      terms: training.terms.map((it) => ({ name: it.name, formula: it.formula, weight: it.weight, at: at(it.span) })),
      epochs: training.epochs ?? null,
      steps: training.steps ?? null,
      batch: training.batch,
      optimiser: training.optimiser,
      partOptimisers: training.partOptimisers,
      schedule: training.schedule,
      clipGradient: training.clipGradient ?? null,
      at: at(training.span),
    },
    evaluations: checked.evaluations.map((it) => ({
      name: it.name,
      data: it.data,
      batch: it.batch,
      every: it.every ?? null,
      best: it.best ?? null,
      metrics: it.metrics.map((metric) => ({
        name: metric.name,
        formula: metric.formula,
        unit: metric.unit ?? null,
        type: printValueType(metric.typed.type),
        at: at(metric.span),
      })),
      at: at(it.span),
    })),
    seeds: checked.seeds,
    rows: checked.rows.map((it) => ({ row: it.label, ablation: it.ablation, at: at(it.span) })),
    expectations: checked.expectations.map((it) => ({ text: it.text, at: at(it.span) })),
  };
}

export type ExplainDocument = ReturnType<typeof explainDocument>;

function axisWords(axis: Axis): string {
  return `${axis.id}: ${printSize(axis.size)}`;
}

function partWords({ shape }: Instance): string {
  if (shape.kind === 'encoder') return shape.config.kind;
  if (shape.kind === 'linear') return `linear(${shape.from.name} -> ${shape.to.name})`;
  return `mlp(${[shape.from.name, ...shape.hidden.map((size) => `hidden(${size})`), shape.to.name].join(' -> ')})`;
}
