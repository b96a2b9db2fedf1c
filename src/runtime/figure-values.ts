/** What the figures of a stage show: values of evenly spread samples, with the parameters that are left. */
import { invariant } from '../compiler/common/invariant.ts';
import type { FigureSpec, StageFigure } from '../compiler/program/figure.ts';
import type { BatchSource } from './batch-source.ts';
import type { FeatureTable } from './cache/feature-table.ts';
import { gather, type GatherRequest } from './evaluator.ts';
import type { FigureContent, FigureTensor, FigureTexts } from './records/figures/figure-content.ts';

export interface FigureRequest extends GatherRequest {
  readonly evaluation: StageFigure;
  readonly spec: FigureSpec;
}

/** Throws RunError as an evaluation does. What is not finite is shown as a gap. */
export async function figureValues({ spec, ...request }: FigureRequest): Promise<FigureContent> {
  const { evaluation, session, feeder, weights } = request;
  const total = request.source.count;
  // spread over the set, for sets are often sorted; not in equal steps, for others go round their classes
  const at = (index: number): number => Math.floor(((index + ((index * goldenRatio) % 1)) * total) / evaluation.count);
  const spread: GatherRequest = {
    ...request,
    source: spreadSource(request.source, evaluation.count, at),
    features: request.features === undefined ? undefined : spreadFeatures(request.features, at),
  };
  const gathered = await gather(spread);
  const outputs = await session.call(evaluation.metrics.id, await feeder.feeds(evaluation.metrics, { ...gathered, weights })); // prettier-ignore
  const tensors: Record<string, FigureTensor> = {};
  for (const [name, source] of Object.entries(evaluation.metrics.outputs)) {
    const value = outputs[name];
    invariant(value, `${evaluation.metrics.id} gave no ${name}`);
    if (source.kind === 'metric') tensors[source.name] = { shape: value.shape, data: Array.from(value.data, rounded) };
  }
  return { schema: 'clipx.figure/1', figure: spec.name, tensors, texts: textsOf(spec, request.source, evaluation, at) };
}

/** Multiples of it are spread most evenly within 0 to 1. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** Seven digits are more than a picture shows and all that float32 has. */
const rounded = (value: number): number | null => (Number.isFinite(value) ? Number(value.toPrecision(7)) : null);

function spreadSource(source: BatchSource, count: number, at: (index: number) => number): BatchSource {
  const mapped = (indices: ArrayLike<number>): number[] => Array.from(indices, at);
  return {
    count,
    batch: (indices, columns, epoch) => source.batch(mapped(indices), columns, epoch),
    contentKey: (index, columns) => source.contentKey(at(index), columns),
  };
}

const spreadFeatures = (features: FeatureTable, at: (index: number) => number): FeatureTable => ({
  hits: features.hits,
  misses: features.misses,
  bytes: features.bytes,
  batch: (indices) => features.batch(Array.from(indices, at)),
});

/** Columns of texts are shown as they are, and pass through no graph. */
function textsOf(
  { shown = [] }: FigureSpec,
  source: BatchSource,
  { count }: StageFigure,
  at: (index: number) => number,
): FigureTexts {
  const columns = shown.flatMap(({ text }) => text ?? []);
  return Object.fromEntries(
    columns.map((column) => [
      column,
      Array.from({ length: count }, (_, index) => source.texts?.(at(index), column) ?? []),
    ]),
  );
}
