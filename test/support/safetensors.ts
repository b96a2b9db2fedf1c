import { readFileSync } from 'node:fs';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import type { DType } from '../../src/compiler/types/dtype.ts';

const dtypes: Readonly<Record<string, DType>> = { F32: 'f32', I32: 'i32', U8: 'u8' };

/** The tensors of a safetensors file (F32, I32, U8) by name. For fixtures: a malformed file throws whatever it throws. */
export function readSafetensors(file: string): ReadonlyMap<string, TensorData> {
  const bytes = readFileSync(file);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, Entry>;
  const tensors = new Map<string, TensorData>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const dtype = dtypes[entry.dtype];
    if (!dtype) throw new Error(`${file}: ${name} is ${entry.dtype}`);
    const [start, end] = entry.data_offsets;
    // A copy, since typed arrays want their offset aligned.
    const data = new Uint8Array(bytes.subarray(8 + headerLength + start, 8 + headerLength + end)).buffer;
    tensors.set(name, { dtype, shape: entry.shape, data: view(dtype, data) });
  }
  return tensors;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function view(dtype: DType, data: ArrayBuffer): TensorData['data'] {
  if (dtype === 'f32') return new Float32Array(data);
  return dtype === 'i32' ? new Int32Array(data) : new Uint8Array(data);
}
