/** A step in chunks (GradCache): features of each chunk, the loss of all, then each chunk again with the gradient of its features. */
import { invariant } from '../compiler/common/invariant.ts';
import type { Stage } from '../compiler/program/stage.ts';
import { elementCount } from '../compiler/types/dtype.ts';
import type { Session, StepResult, TensorValue } from './backends/backend.ts';
import { rowsOf, zeros } from './feeds.ts';
import type { Feeder, FeedSources, Tensors } from './feeds.ts';

export interface ChunkedStepRequest {
  readonly session: Session;
  readonly feeder: Feeder;
  readonly stage: Stage & { readonly chunk: NonNullable<Stage['chunk']> };
  /** Of the whole batch. */
  readonly sources: FeedSources & { readonly counter: number };
  readonly scalars: { readonly update: number; readonly rate: number };
  /** This batch among those of an update. */
  readonly micro: { readonly at: number; readonly of: number };
}

/** Gives the result of the last chunk, which holds the losses of the batch. */
export async function chunkedStep(request: ChunkedStepRequest): Promise<StepResult> {
  const { session, feeder, stage, sources, scalars, micro } = request;
  const { size, count, encode, loss } = stage.chunk;
  /** What one chunk reads of the batch. */
  const chunkOf = (at: number): FeedSources => ({
    ...sources,
    columns: rows(sources.columns, at * size, size),
    features: rows(sources.features, at * size, size),
    chunk: { at, of: count },
  });
  const whole: Record<string, TensorValue> = {};
  for (let at = 0; at < count; at++) {
    const results = await session.call(encode.id, await feeder.feeds(encode, chunkOf(at)));
    for (const [name, value] of Object.entries(results)) {
      const width = elementCount(value.shape.slice(1));
      const all = (whole[name] ??= zeros(value.dtype, [size * count, ...value.shape.slice(1)]));
      all.data.set(value.data, at * size * width);
    }
  }
  const asked = await session.call(loss.id, await feeder.feeds(loss, { ...sources, samples: whole }));
  let result: StepResult | undefined;
  for (let at = 0; at < count; at++) {
    const samples = Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, name.startsWith('gradient chunk ') ? rowsOf(value, at * size, size) : value])); // prettier-ignore
    const feeds = await feeder.feeds(stage.step, { ...chunkOf(at), samples });
    result = await session.step(stage.name, feeds, { ...scalars, micro: { at: micro.at * count + at, of: micro.of * count } }); // prettier-ignore
  }
  invariant(result, 'a batch has chunks');
  return result;
}

function rows(tensors: Tensors | undefined, from: number, count: number): Tensors {
  return Object.fromEntries(Object.entries(tensors ?? {}).map(([name, value]) => [name, rowsOf(value, from, count)]));
}
