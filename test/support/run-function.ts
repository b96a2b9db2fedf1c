import { evaluateGraph } from '../../src/compiler/ir/evaluate.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import type { ProgramFunction } from '../../src/compiler/program/program-function.ts';

export type Tensors = Readonly<Record<string, TensorData>>;

/** Results of a function of a program in double precision; nothing where there is no such function. */
export function runFunction(fn: ProgramFunction | undefined, feeds: Tensors): Tensors {
  if (fn === undefined) return {};
  const named = Object.fromEntries(Object.keys(fn.inputs).map((name) => [name, feeds[name]]));
  const missing = Object.entries(named).filter(([, value]) => value === undefined);
  if (missing.length > 0) throw new Error(`${fn.id} is fed no ${missing.map(([name]) => name).join(', ')}`);
  return evaluateGraph(fn.graph, named as Record<string, TensorData>, { precision: 'f64' });
}

/** Samples `indices` of a tensor whose first dimension is the sample. */
export function rows(value: TensorData, indices: readonly number[]): TensorData {
  const size = value.data.length / (value.shape[0] ?? 1);
  const data = value.data.slice(0, size * indices.length);
  const picked = size * indices.length === data.length ? data : new Float64Array(size * indices.length);
  for (const [at, index] of indices.entries()) picked.set(value.data.subarray(index * size, (index + 1) * size), at * size); // prettier-ignore
  return { dtype: value.dtype, shape: [indices.length, ...value.shape.slice(1)], data: picked };
}

/** Tensors one after another along their first dimension, cut to `count`. */
export function joined(parts: readonly TensorData[], count: number): TensorData {
  const [first] = parts;
  if (first === undefined) throw new Error('nothing to join');
  const size = first.data.length / (first.shape[0] ?? 1);
  const values = parts.flatMap((part) => [...part.data]).slice(0, size * count);
  const data = first.dtype === 'f32' ? Float64Array.from(values) : first.dtype === 'i32' ? Int32Array.from(values) : Uint8Array.from(values); // prettier-ignore
  return { dtype: first.dtype, shape: [count, ...first.shape.slice(1)], data };
}
