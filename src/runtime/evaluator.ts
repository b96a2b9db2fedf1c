/**
 * One evaluation: what is constant once, what is per sample in minibatches, what crosses samples (ranks, similarity matrices) on the whole set.
 */
import { invariant } from '../compiler/common/invariant.ts';
import type { Evaluation } from '../compiler/program/evaluation.ts';
import { elementCount } from '../compiler/types/dtype.ts';
import type { Session, TensorValue } from './backends/backend.ts';
import { columnKey } from './batch-source.ts';
import type { BatchSource } from './batch-source.ts';
import type { FeatureTable } from './cache/feature-table.ts';
import type { FoundText, MetricValue } from './events.ts';
import { columnsRead, reads, rowsOf, zeros } from './feeds.ts';
import type { Feeder, Tensors } from './feeds.ts';
import { metricValues } from './metric-values.ts';
import { RunError } from './run-error.ts';
import { measureTexts, shownTexts, writeTexts } from './texts/write-texts.ts';

/** `views: random`: what is drawn is drawn as in an epoch that no training comes to. */
const evaluationEpoch = 2 ** 16;

/** What goes over a set in minibatches: an evaluation, or values over a whole set. */
export type Gathering = Pick<
  Evaluation,
  'name' | 'data' | 'count' | 'batch' | 'views' | 'constants' | 'samples' | 'metrics'
>;

export interface GatherRequest {
  readonly session: Session;
  readonly evaluation: Gathering;
  readonly source: BatchSource;
  readonly feeder: Feeder;
  /** Constants of the stage, for functions of an evaluation without its own. */
  readonly constants: Tensors;
  readonly features: FeatureTable | undefined;
  /** Values of weights at this moment, where a metric reads one. */
  readonly weights: Readonly<Record<string, number>>;
  readonly progress?: (done: number, total: number) => void;
  /** Told the first texts that were generated for the metrics. */
  readonly onTexts?: (texts: readonly FoundText[]) => void;
}

export interface EvaluationRequest extends GatherRequest {
  readonly evaluation: Evaluation;
}

/** Metrics in table order. Throws RunError CX8242 where the data are not those of the plan, CX8223 naming the metrics that are not finite. */
export async function evaluate(request: EvaluationRequest): Promise<MetricValue[]> {
  return measure(request, await gather(request));
}

/** What metrics read of the whole set. */
export interface Gathered {
  readonly constants: Tensors;
  readonly columns: Tensors;
  readonly samples: Tensors;
  readonly features: Tensors;
}

/** Goes through the set in minibatches, with the parameters as they are. */
export async function gather(request: GatherRequest): Promise<Gathered> {
  checkCount(request);
  const { evaluation } = request;
  const { samples, metrics } = evaluation;
  const constants = await evaluationConstants(request);
  const wholeColumns = columnsRead(metrics);
  const needed = [...new Set([...columnsRead(samples), ...wholeColumns])];
  const gathered = new Gatherer(evaluation.count);
  const wantsFeatures = reads(metrics, 'feature');
  // Without per-sample work and columns there is nothing to go through.
  const minibatches =
    samples === undefined && needed.length === 0 && !wantsFeatures ? 0 : Math.ceil(evaluation.count / evaluation.batch);
  for (let at = 0; at < minibatches; at++) {
    const from = at * evaluation.batch;
    const count = Math.min(evaluation.batch, evaluation.count - from);
    const results = await runSamples(request, constants, needed, from, at);
    for (const [name, source] of Object.entries(samples?.outputs ?? {})) {
      const value = results.outputs[name];
      invariant(value, `${samples?.id} gave no ${name}`);
      if (source.kind === 'sample') gathered.add('sample', source.id, value, from, count);
    }
    for (const source of Object.values(metrics.inputs)) {
      if (source.kind === 'column') {
        const key = columnKey(source.column, source.part);
        const value = results.columns[key];
        if (value !== undefined) gathered.add('column', key, value, from, count);
      } else if (source.kind === 'feature') {
        const value = results.features?.[source.id];
        if (value !== undefined) gathered.add('feature', source.id, value, from, count);
      }
    }
    request.progress?.(from + count, evaluation.count);
  }
  return {
    constants,
    columns: gathered.of('column'),
    samples: gathered.of('sample'),
    features: gathered.of('feature'),
  };
}

/** Metrics of what was gathered, with the parameters as they are now. */
export async function measure(request: EvaluationRequest, gathered: Gathered): Promise<MetricValue[]> {
  const { session, evaluation, feeder, weights } = request;
  const written = await writeTexts(request);
  const measures = await measureTexts(request, written);
  request.onTexts?.(shownTexts(request, written));
  const feeds = await feeder.feeds(evaluation.metrics, { ...gathered, weights, measures });
  return metricValues(evaluation, await session.call(evaluation.metrics.id, feeds));
}

/**
 * Runs the first minibatch alone: whatever would fail in an evaluation (engine, shapes, columns, data) fails before hours of training.
 */
export async function rehearse(request: EvaluationRequest): Promise<void> {
  checkCount(request);
  const { evaluation } = request;
  const needed = columnsRead(evaluation.samples, evaluation.metrics);
  await runSamples(request, await evaluationConstants(request), needed, 0, 0);
  await writeTexts(request, { samples: 1, words: 3 });
}

/** Metrics are compiled for exactly so many samples. */
function checkCount({ evaluation, source }: GatherRequest): void {
  const { name, data, count } = evaluation;
  if (source.count === count) return;
  const message = `evaluation ${name}: ${data} has ${source.count} samples, and the program was compiled for ${count}`;
  throw new RunError('user', 'CX8242', message, { help: 'compile again: the data changed since' });
}

async function evaluationConstants({ evaluation, session, feeder, constants }: GatherRequest): Promise<Tensors> {
  const fn = evaluation.constants;
  if (fn === undefined) return constants;
  return {
    ...constants,
    ...constantsById(fn.outputs, await session.call(fn.id, await feeder.feeds(fn, { constants }))),
  };
}

/** Results of a `constants` function by id. */
export function constantsById(
  outputs: Readonly<Record<string, { readonly kind: string; readonly id?: string }>>,
  results: Tensors,
): Record<string, TensorValue> {
  const byId: Record<string, TensorValue> = {};
  for (const [name, source] of Object.entries(outputs)) {
    const value = results[name];
    invariant(value, `a constants function gave no ${name}`);
    if (source.kind === 'constant' && source.id !== undefined) byId[source.id] = value;
  }
  return byId;
}

async function runSamples(
  { session, evaluation, source, feeder, features, weights }: GatherRequest,
  constants: Tensors,
  columnsNeeded: readonly string[],
  from: number,
  counter: number,
): Promise<{ outputs: Tensors; columns: Tensors; features: Tensors | undefined }> {
  // The graph has a fixed batch: the last one is filled up with the last sample, whose extra rows are dropped.
  const indices = Array.from({ length: evaluation.batch }, (_, at) => Math.min(from + at, evaluation.count - 1));
  const columns =
    columnsNeeded.length === 0
      ? {}
      : await source.batch(indices, columnsNeeded, evaluation.views === 'random' ? evaluationEpoch : undefined);
  const batchFeatures = reads(evaluation.samples, 'feature') || reads(evaluation.metrics, 'feature') ? features?.batch(indices) : undefined; // prettier-ignore
  if (evaluation.samples === undefined) return { outputs: {}, columns, features: batchFeatures };
  const feeds = await feeder.feeds(evaluation.samples, {
    columns,
    constants,
    weights,
    counter,
    ...(batchFeatures === undefined ? {} : { features: batchFeatures }),
  });
  return { outputs: await session.call(evaluation.samples.id, feeds), columns, features: batchFeatures };
}

/** Puts rows of minibatches together to tensors over the whole set. */
class Gatherer {
  readonly #count: number;
  readonly #whole = new Map<string, Record<string, TensorValue>>();

  constructor(count: number) {
    this.#count = count;
  }

  add(kind: string, id: string, value: TensorValue, from: number, count: number): void {
    const tensors = this.#whole.get(kind) ?? {};
    this.#whole.set(kind, tensors);
    const whole = (tensors[id] ??= zeros(value.dtype, [this.#count, ...value.shape.slice(1)]));
    const width = elementCount(value.shape.slice(1));
    whole.data.set(rowsOf(value, 0, count).data, from * width);
  }

  of(kind: string): Tensors {
    return this.#whole.get(kind) ?? {};
  }
}
