/** What goes into a graph: every input of a function is looked up by its source and checked against the graph. */
import { invariant, unreachable } from '../compiler/common/invariant.ts';
import { graphInputs } from '../compiler/ir/graph.ts';
import type { InputSource, ProgramFunction, RandomDistribution } from '../compiler/program/program-function.ts';
import type { Ramp } from '../compiler/program/schedule.ts';
import { elementCount, sameShape } from '../compiler/types/dtype.ts';
import type { DType, Shape } from '../compiler/types/dtype.ts';
import type { TensorValue } from './backends/backend.ts';
import { columnKey } from './batch-source.ts';
import type { RunData } from './batch-source.ts';
import { stream } from './random.ts';
import type { RandomStream } from './random.ts';
import { RunError } from './run-error.ts';

export type Tensors = Readonly<Record<string, TensorValue>>;

/** Where the inputs of one call come from; a kind that the function does not ask for may be left out. */
export interface FeedSources {
  /** By `columnKey`. */
  readonly columns?: Tensors;
  /** By id. */
  readonly constants?: Tensors;
  readonly features?: Tensors;
  readonly samples?: Tensors;
  /** Current value of a scheduled weight, by `weightKey`. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Numbers that compare texts, by id. */
  readonly measures?: Readonly<Record<string, number>>;
  /** What was found of texts so far: `ids`, `length`, `place`. */
  readonly generated?: Tensors;
  /** The step of the whole run, or the minibatch of an evaluation. */
  readonly counter?: number;
  /** One chunk of the batch of this step: what is drawn is what the whole batch would be given at its samples. */
  readonly chunk?: { readonly at: number; readonly of: number };
}

/** Builds feeds for the functions of one run. */
export interface Feeder {
  feeds(fn: ProgramFunction, sources: FeedSources): Promise<Record<string, TensorValue>>;
}

/** `draw` stands in the key of every stream, as `@cat` of one sample: other numbers than those of any other draw. */
export function createFeeder(data: RunData, seed: number, draw = ''): Feeder {
  const streams = new Map<string, RandomStream>();
  const streamOf = (name: string): RandomStream => {
    const known = streams.get(name) ?? stream(seed, `${name}${draw}`);
    streams.set(name, known);
    return known;
  };

  async function valueOf(source: InputSource, shape: Shape, sources: FeedSources): Promise<TensorValue | undefined> {
    switch (source.kind) {
      case 'column':
        return sources.columns?.[columnKey(source.column, source.part)];
      case 'texts':
        return (await data.texts(source.table))[source.part];
      case 'constant':
        return sources.constants?.[source.id];
      case 'feature':
        return sources.features?.[source.id];
      case 'sample':
        return sources.samples?.[source.id];
      case 'weight': {
        const value = sources.weights?.[weightKey(source)];
        return value === undefined ? undefined : { dtype: 'f32', shape: [], data: Float32Array.of(value) };
      }
      case 'measure': {
        const value = sources.measures?.[source.id];
        return value === undefined ? undefined : { dtype: 'f32', shape: [], data: Float32Array.of(value) };
      }
      case 'generated':
        return sources.generated?.[source.part];
      case 'random':
        return sources.chunk === undefined
          ? randomTensor(streamOf(source.stream), source.distribution, shape, sources.counter ?? 0)
          : randomOfChunk(streamOf(source.stream), source.distribution, shape, sources.counter ?? 0, sources.chunk);
      case 'parameter':
        return undefined;
      default:
        return unreachable(source);
    }
  }

  return {
    async feeds(fn, sources) {
      const feeds: Record<string, TensorValue> = {};
      for (const { name, type } of inputsOf(fn)) {
        const source = fn.inputs[name];
        invariant(source, `${fn.id} does not say what feeds ${name}`);
        if (source.kind === 'parameter') continue;
        const value = await valueOf(source, type.shape, sources);
        invariant(value, `${fn.id}: nothing feeds ${name} (${JSON.stringify(source)})`);
        if (value.dtype !== type.dtype || !sameShape(value.shape, type.shape))
          throw mismatch(fn, name, source, type, value);
        feeds[name] = value;
      }
      return feeds;
    },
  };
}

const knownInputs = new WeakMap<ProgramFunction, ReturnType<typeof graphInputs>>();

function inputsOf(fn: ProgramFunction): ReturnType<typeof graphInputs> {
  const known = knownInputs.get(fn) ?? graphInputs(fn.graph);
  knownInputs.set(fn, known);
  return known;
}

/** Columns that a function reads itself, each once. */
export function columnsRead(...functions: readonly (ProgramFunction | undefined)[]): string[] {
  const sources = functions.flatMap((fn) => (fn === undefined ? [] : Object.values(fn.inputs)));
  return [...new Set(sources.flatMap((source) => (source.kind === 'column' ? [source.column] : [])))];
}

const weightKey = ({ name, ramp }: Extract<InputSource, { kind: 'weight' }>): string =>
  ramp === undefined ? name : `${name} in formulas`;

/** Ramps that the formulas of a function read, besides weights of terms. */
export const rampsIn = ({ inputs }: ProgramFunction): readonly (readonly [key: string, ramp: Ramp])[] =>
  Object.values(inputs).flatMap((source) =>
    source.kind === 'weight' && source.ramp !== undefined ? [[weightKey(source), source.ramp] as const] : [],
  );

export function reads(fn: ProgramFunction | undefined, kind: InputSource['kind']): boolean {
  return fn !== undefined && Object.values(fn.inputs).some((source) => source.kind === kind);
}

/**
 * The tensor of a stream at a counter: every counter has a stretch of its own, so a step draws the same numbers whether the run
 * came there by itself or resumed.
 */
export function randomTensor(
  from: RandomStream,
  distribution: RandomDistribution,
  shape: Shape,
  counter: number,
): TensorValue {
  const count = elementCount(shape);
  const start = counter * count;
  switch (distribution.kind) {
    case 'uniform': {
      const values = from.fillUniform(new Float32Array(count), start);
      const width = distribution.high - distribution.low;
      for (let k = 0; k < count; k++) values[k] = distribution.low + width * (values[k] ?? 0);
      return { dtype: 'f32', shape, data: values };
    }
    case 'normal': {
      // Numbers 2j and 2j + 1 of a stream are one pair: an odd count would share a pair between two steps.
      const paired = counter * (count + (count % 2));
      return { dtype: 'f32', shape, data: from.fillNormal(new Float32Array(count), paired) };
    }
    case 'bernoulli': {
      const values = from.fillUniform(new Float32Array(count), start);
      for (let k = 0; k < count; k++) values[k] = (values[k] ?? 0) < distribution.keep ? 1 : 0;
      return { dtype: 'f32', shape, data: values };
    }
    case 'permutation': {
      const length = shape.at(-1) ?? 1;
      const rows = length === 0 ? 0 : count / length;
      const values = new Int32Array(count);
      for (let row = 0; row < rows; row++) values.set(from.permutation(length, counter * rows + row), row * length);
      return { dtype: 'i32', shape, data: values };
    }
    default:
      return unreachable(distribution);
  }
}

/** The rows of one chunk of `randomTensor` of the whole batch. */
function randomOfChunk(
  from: RandomStream,
  distribution: RandomDistribution,
  shape: Shape,
  counter: number,
  { at, of }: NonNullable<FeedSources['chunk']>,
): TensorValue {
  // the stretches of the chunks make that of the batch, but for pairs of normal numbers that would be torn
  const isTorn = distribution.kind === 'normal' && elementCount(shape) % 2 === 1;
  if (!isTorn) return randomTensor(from, distribution, shape, counter * of + at);
  const [size = 1, ...rest] = shape;
  return rowsOf(randomTensor(from, distribution, [size * of, ...rest], counter), at * size, size);
}

/** Rows `from … from + count` of a tensor whose first dimension is the batch: a view. */
export function rowsOf(value: TensorValue, from: number, count: number): TensorValue {
  const width = elementCount(value.shape.slice(1));
  return {
    dtype: value.dtype,
    shape: [count, ...value.shape.slice(1)],
    data: value.data.subarray(from * width, (from + count) * width),
  };
}

/** A tensor of zeros. */
export function zeros(dtype: DType, shape: Shape): TensorValue {
  const count = elementCount(shape);
  switch (dtype) {
    case 'f32':
      return { dtype, shape, data: new Float32Array(count) };
    case 'i32':
      return { dtype, shape, data: new Int32Array(count) };
    case 'bool':
    case 'u8':
      return { dtype, shape, data: new Uint8Array(count) };
  }
}

function mismatch(
  fn: ProgramFunction,
  input: string,
  source: InputSource,
  expected: { readonly dtype: DType; readonly shape: Shape },
  found: TensorValue,
): RunError {
  if (source.kind === 'column') {
    return new RunError(
      'user',
      'CX8242',
      `column \`${source.column}\` gives ${words(found)}, and ${fn.id} was compiled for ${words(expected)}`,
      { help: 'compile again: the data changed since' },
    );
  }
  return new RunError('internal', 'CX8299', `${fn.id}: ${input} is ${words(found)}, expected ${words(expected)}`);
}

function words(type: { readonly dtype: DType; readonly shape: Shape }): string {
  return `${type.dtype} [${type.shape.join(', ')}]`;
}
