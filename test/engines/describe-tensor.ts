import { Buffer } from 'node:buffer';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';

/** A tensor as `check_saved_model.py` reads it. */
export function describeTensor(name: string, { dtype, shape, data }: TensorValue): object {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { name, dtype, shape, data: bytes.toString('base64') };
}

export function describeTensors(tensors: Readonly<Record<string, TensorValue>>): object[] {
  return Object.entries(tensors).map(([name, value]) => describeTensor(name, value));
}
