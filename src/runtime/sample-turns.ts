/** `train on each d`: one optimisation after another, each of one sample, from a start of its own. */
import { invariant } from '../compiler/common/invariant.ts';
import type { Evaluation } from '../compiler/program/evaluation.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { BatchSource } from './batch-source.ts';
import type { EvaluationResult, SampleResult } from './checkpoint.ts';
import type { MetricValue } from './events.ts';
import { columnsRead, createFeeder } from './feeds.ts';
import type { Feeder, Tensors } from './feeds.ts';
import { changedBy } from './stage-plan.ts';
import type { TrainRequest } from './trainer.ts';

/** The sample at hand. Its random streams have its name in their keys, so that its numbers do not hang on which others run. */
export interface SampleTurn {
  /** Its number in the data set. */
  readonly at: number;
  readonly name: string;
  /** The sample as a set of its own. */
  readonly source: BatchSource;
  readonly feeder: Feeder;
  /** What is worked out of it once, by id. */
  readonly held: Tensors;
}

/** Makes ready what every step of a sample reads of it. */
export async function sampleTurn(
  { session, data, seed }: TrainRequest,
  stage: Stage,
  whole: BatchSource,
  at: number,
  constants: Tensors,
): Promise<SampleTurn> {
  const alone = whole.alone?.(at);
  invariant(alone, `the samples of ${stage.data} can not be had one by one`);
  const { name, source } = alone;
  const feeder = createFeeder(data, seed, `@${name}`);
  const fn = stage.features;
  const held: Record<string, Tensors[string]> = {};
  if (fn !== undefined) {
    const columns = await source.batch([0], columnsRead(fn), undefined);
    const results = await session.call(fn.id, await feeder.feeds(fn, { columns, constants }));
    for (const [output, { kind, ...rest }] of Object.entries(fn.outputs)) {
      const value = results[output];
      invariant(value, `${fn.id} gave no ${output}`);
      if (kind === 'feature' && 'id' in rest) held[rest.id] = value;
    }
  }
  return { at, name, source, feeder, held };
}

/** What the tensors that a stage changes start from: drawn anew for each sample and restart, or worked out of the sample. */
export async function startValues(
  { session, data, seed, redraw }: TrainRequest,
  stage: Stage,
  turn: SampleTurn | undefined,
  restart: number,
  constants: Tensors,
): Promise<Map<string, Float32Array>> {
  const draw = `${turn === undefined ? '' : `@${turn.name}`}${restart === 0 ? '' : `#${restart}`}`;
  const values = new Map(redraw(changedBy(stage), draw));
  const fn = stage.starts;
  if (fn === undefined || turn === undefined) return values;
  const columns = await turn.source.batch([0], columnsRead(fn), undefined);
  const results = await session.call(fn.id, await createFeeder(data, seed, draw).feeds(fn, { columns, constants }));
  for (const [output, source] of Object.entries(fn.outputs)) {
    const value = results[output];
    invariant(source.kind === 'start' && value, `${fn.id} gave no ${output}`);
    values.set(source.parameter, Float32Array.from(value.data));
  }
  return values;
}

/** Results over the samples: of each metric the mean, with one number a sample. */
export function overSamples(
  evaluations: readonly Evaluation[],
  samples: readonly SampleResult[],
): readonly EvaluationResult[] {
  const entries = samples.map(({ name }) => name);
  return evaluations.flatMap(({ name, data }): EvaluationResult[] => {
    const found = samples.flatMap(({ results }) => results.filter((result) => result.evaluation === name && result.data === data)); // prettier-ignore
    const [first] = found;
    if (first === undefined) return [];
    const metrics = first.metrics.map(({ name: metric, unit }): MetricValue => {
      const values = found.map(({ metrics: own }) => own.find((each) => each.name === metric)?.value ?? NaN);
      const value = values.reduce((sum, each) => sum + each, 0) / values.length;
      return { name: metric, value, ...(unit === undefined ? {} : { unit }), values, entries };
    });
    // steps of one sample, those of the longest
    const step = Math.max(...found.map((each) => each.step));
    return [{ ...first, step, samples: samples.length, metrics }];
  });
}
