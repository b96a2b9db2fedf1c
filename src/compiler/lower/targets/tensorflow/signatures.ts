import type { Shape } from '../../../types/dtype.ts';
import { tensorAddress, type TensorName } from './graph-writer.ts';
import type { TensorflowSignature, TensorflowTensorInfo } from './tensorflow-proto.ts';

type Entries = readonly (readonly [string, TensorflowTensorInfo])[];

/** Feeds and fetches by the names that users see. */
export function signatureOf(inputs: Entries, outputs: Entries): TensorflowSignature {
  return { inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) };
}

export function f32(tensor: TensorName, shape: Shape): TensorflowTensorInfo {
  return { tensor: tensorAddress(tensor), dtype: 'f32', shape };
}

export function scalarInfo(tensor: TensorName, dtype: 'f32' | 'bool'): TensorflowTensorInfo {
  return { tensor: tensorAddress(tensor), dtype, shape: [] };
}
