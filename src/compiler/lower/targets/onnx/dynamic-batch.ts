import type { OnnxInitializer, OnnxModel, OnnxNode, OnnxValueInfo } from './onnx-proto.ts';
import { int } from './onnx-writer.ts';

/** The name of the dimension that a caller decides. */
const batchDimension = 'batch';

/**
 * One model for any number of samples, of the same model at several (`batches`, which occur as no other size). Shapes that differ are
 * computed from the first dimension of the first input that has it. Returns words where something else differs.
 */
export function withDynamicBatch(
  models: readonly OnnxModel[],
  batches: readonly number[],
): OnnxModel | { readonly fault: string } {
  const [first, ...others] = models;
  if (first === undefined) return { fault: 'there is no model' };
  const skeleton = JSON.stringify(first.nodes);
  if (others.some(({ nodes }) => JSON.stringify(nodes) !== skeleton)) return { fault: 'its operations depend on the number of samples' }; // prettier-ignore
  const counted: Counted[] = [];
  const initializers: OnnxInitializer[] = [];
  for (const [at, initializer] of first.initializers.entries()) {
    const twins = models.map((model) => model.initializers[at]);
    if (twins.every((twin) => twin !== undefined && isSame(twin, initializer))) {
      initializers.push(initializer);
      continue;
    }
    const factors = factorsOf(twins, batches);
    if (factors === undefined) return { fault: 'one of its constants depends on the number of samples' };
    counted.push({ name: initializer.name, factors });
  }
  const named = (infos: (model: OnnxModel) => readonly OnnxValueInfo[]): OnnxValueInfo[] =>
    infos(first).map((info, at) => ({
      ...info,
      shape: info.shape.map((size, dim) => sizeName(size, models.map((model) => infos(model)[at]?.shape[dim]), batches)), // prettier-ignore
    }));
  const inputs = named((model) => model.inputs);
  const counting = inputs.find(({ shape }) => shape[0] === batchDimension);
  if (counting === undefined) return { fault: 'no input has samples' };
  const shapes = shapeNodes(counting.name, counted);
  return {
    ...first,
    inputs,
    outputs: named((model) => model.outputs),
    nodes: [...shapes.nodes, ...first.nodes],
    initializers: [...initializers, ...shapes.initializers],
  };
}

/** A shape: each entry is a number, or so many times the number of samples. */
interface Counted {
  readonly name: string;
  readonly factors: readonly (number | { readonly times: number })[];
}

function isSame(a: OnnxInitializer, b: OnnxInitializer): boolean {
  if (a.name !== b.name || a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  const [left, right] = [a.bytes, b.bytes];
  if (!(left instanceof Uint8Array) || !(right instanceof Uint8Array)) return left === right;
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

function factorsOf(
  twins: readonly (OnnxInitializer | undefined)[],
  batches: readonly number[],
): Counted['factors'] | undefined {
  const lists = twins.map((twin) => integers(twin));
  const [first] = lists;
  if (first === undefined || lists.some((list) => list?.length !== first.length)) return undefined;
  const factors = first.map((value, at) => {
    if (lists.every((list) => list?.[at] === value)) return value;
    const times = value / (batches[0] ?? 1);
    const isCounted = Number.isInteger(times) && lists.every((list, model) => list?.[at] === times * (batches[model] ?? 0)); // prettier-ignore
    return isCounted ? { times } : undefined;
  });
  return factors.every((factor) => factor !== undefined) ? factors : undefined;
}

function integers(initializer: OnnxInitializer | undefined): number[] | undefined {
  if (initializer?.dtype !== 'i64' || initializer.shape.length !== 1) return undefined;
  const { bytes } = initializer;
  if (!(bytes instanceof Uint8Array)) return undefined;
  return Array.from(new BigInt64Array(bytes.slice().buffer), Number);
}

function sizeName(
  size: number | string,
  sizes: readonly (number | string | undefined)[],
  batches: readonly number[],
): number | string {
  if (sizes.every((other) => other === size)) return size;
  const times = Number(size) / (batches[0] ?? 1);
  return times === 1 ? batchDimension : `${batchDimension}_times_${times}`;
}

function shapeNodes(
  input: string,
  counted: readonly Counted[],
): { readonly nodes: OnnxNode[]; readonly initializers: OnnxInitializer[] } {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  if (counted.length === 0) return { nodes, initializers };
  const samples = 'samples';
  const add = (
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: OnnxNode['attributes'] = [],
  ): string => {
    // prettier-ignore
    nodes.push({ opType, name: `shape_${nodes.length}`, inputs, outputs: [output], attributes });
    return output;
  };
  const constant = (values: readonly number[]): string => {
    const name = `size_${values.join('_')}`;
    const bytes = new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer);
    if (!initializers.some((each) => each.name === name)) initializers.push({ name, dtype: 'i64', shape: [values.length], bytes }); // prettier-ignore
    return name;
  };
  add('Shape', [input], samples, [int('start', 0), int('end', 1)]);
  const multiples = new Map<number, string>([[1, samples]]);
  const multiple = (times: number): string => {
    const known = multiples.get(times) ?? add('Mul', [samples, constant([times])], `${samples}_times_${times}`);
    multiples.set(times, known);
    return known;
  };
  for (const { name, factors } of counted) {
    const parts = factors.map((factor) => (typeof factor === 'number' ? constant([factor]) : multiple(factor.times)));
    add('Concat', parts, name, [int('axis', 0)]);
  }
  return { nodes, initializers };
}
