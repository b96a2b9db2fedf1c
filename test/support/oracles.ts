import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import { readSafetensors } from './safetensors.ts';

/**
 * The reference numbers made by PyTorch (`test/oracles/README.md`). The environment variable CLIPX_ORACLES names another folder of the
 * same layout; sizes are therefore always read from the files.
 */
export const oraclesFolder = process.env['CLIPX_ORACLES'] ?? join(import.meta.dirname, '..', 'oracles');

export interface Oracle {
  /** A JSON file of the folder. */
  json(file: string): unknown;
  /** The tensors of `<file>.safetensors`. */
  tensors(file: string): ReadonlyMap<string, TensorData>;
  /** One of them. */
  tensor(file: string, name: string): TensorData;
  /** Fails unless `got` is the expected tensor within the folder's tolerance: 10 × float32 noise + 1e-5 × scale + 1e-8. */
  expectClose(got: TensorData, file: string, name: string): void;
}

type Tolerances = Readonly<
  Record<string, Readonly<Record<string, { readonly maxAbs: number; readonly scale: number }>>>
>;

export function oracle(folder: string): Oracle {
  const path = (file: string): string => join(oraclesFolder, folder, file);
  const json = (file: string): unknown => JSON.parse(readFileSync(path(file), 'utf8'));
  const loaded = new Map<string, ReadonlyMap<string, TensorData>>();
  const tensors = (file: string): ReadonlyMap<string, TensorData> => {
    const found = loaded.get(file) ?? readSafetensors(path(`${file}.safetensors`));
    loaded.set(file, found);
    return found;
  };
  const tensor = (file: string, name: string): TensorData => {
    const found = tensors(file).get(name);
    if (!found) throw new Error(`${folder}/${file}.safetensors has no ${name}`);
    return found;
  };
  const tolerances = (existsSync(path('tolerance.json')) ? json('tolerance.json') : {}) as Tolerances;

  const expectClose = (got: TensorData, file: string, name: string): void => {
    const expected = tensor(file, name);
    expect(got.shape, `shape of ${name}`).toEqual(expected.shape);
    let scale = 0;
    for (const value of expected.data) scale = Math.max(scale, Math.abs(value));
    // What was not measured gets float32's noise of a deep network.
    const { maxAbs } = tolerances[`${file}.safetensors`]?.[name] ?? { maxAbs: 1e-6 * scale };
    const allowed = 10 * maxAbs + 1e-5 * scale + 1e-8;
    for (const [index, value] of expected.data.entries()) {
      const difference = Math.abs((got.data[index] ?? Number.NaN) - value);
      if (!(difference <= allowed)) {
        expect.fail(`${name}[${index}]: ${got.data[index]}, expected ${value}; off by ${difference} > ${allowed}`);
      }
    }
  };
  return { json, tensors, tensor, expectClose };
}
