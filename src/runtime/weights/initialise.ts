/**
 * The first value of every parameter. Each tensor has a stream of its own, `init:<name>`, so adding a module changes nobody else's start.
 */
import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { elementCount } from '../../compiler/types/dtype.ts';
import type { Shape } from '../../compiler/types/dtype.ts';
import { unreachable } from '../../compiler/common/invariant.ts';
import type { Initialisation, ParameterTensor } from '../../compiler/program/program.ts';
import { stream } from '../random.ts';
import { RunError } from '../run-error.ts';
import { SafetensorsFile } from './safetensors.ts';

/**
 * Values of all parameters by name. `projectRoot` is where relative weight paths start. Throws RunError: CX8201,
 * CX8202, CX8203, CX8204 (one error naming every tensor at fault of a file).
 */
export function initialiseParameters(
  parameters: readonly ParameterTensor[],
  seed: number,
  projectRoot: string,
): Map<string, Float32Array> {
  const files = openWeightFiles(parameters, projectRoot);
  try {
    return new Map(
      parameters.map((parameter) => {
        const { init, name, shape } = parameter;
        const file = init.kind === 'file' ? files.get(init.path) : undefined;
        return [name, file === undefined ? drawInitial(init, name, shape, seed) : readFloats(file, init)];
      }),
    );
  } finally {
    for (const file of files.values()) file.close();
  }
}

/** Values of one tensor whose start is not in a file. */
export function drawInitial(init: Initialisation, name: string, shape: Shape, seed: number): Float32Array {
  const values = new Float32Array(elementCount(shape));
  switch (init.kind) {
    case 'constant':
      return values.fill(init.value);
    case 'normal': {
      stream(seed, `init:${name}`).fillNormal(values);
      for (let index = 0; index < values.length; index++)
        values[index] = init.mean + init.deviation * (values[index] ?? 0);
      return values;
    }
    case 'uniform': {
      stream(seed, `init:${name}`).fillUniform(values);
      const width = init.high - init.low;
      for (let index = 0; index < values.length; index++) values[index] = init.low + width * (values[index] ?? 0);
      return values;
    }
    case 'values':
      if (init.values.length !== values.length) {
        throw new RunError(
          'internal',
          'CX8299',
          `${name} starts from ${init.values.length} values and has ${values.length}`,
        );
      }
      values.set(init.values);
      return values;
    case 'file':
      throw new RunError('internal', 'CX8299', `${name} starts from a file`);
    default:
      return unreachable(init);
  }
}

/** A weights path of the language names a safetensors file or a folder that holds `weights.safetensors`. */
export function weightsFilePath(path: string, projectRoot: string): string {
  const absolute = isAbsolute(path) ? path : join(projectRoot, path);
  try {
    return statSync(absolute).isDirectory() ? join(absolute, 'weights.safetensors') : absolute;
  } catch {
    return absolute;
  }
}

function openWeightFiles(parameters: readonly ParameterTensor[], projectRoot: string): Map<string, SafetensorsFile> {
  const wanted = new Map<string, Map<string, Shape>>();
  for (const { init, shape } of parameters) {
    if (init.kind !== 'file') continue;
    const tensors = wanted.get(init.path) ?? new Map<string, Shape>();
    wanted.set(init.path, tensors.set(init.tensor, shape));
  }
  const files = new Map<string, SafetensorsFile>();
  try {
    for (const [path, tensors] of wanted) {
      const file = new SafetensorsFile(weightsFilePath(path, projectRoot));
      files.set(path, file);
      file.expect(tensors);
    }
  } catch (error) {
    for (const file of files.values()) file.close();
    throw error;
  }
  return files;
}

function readFloats(file: SafetensorsFile, init: Initialisation): Float32Array {
  if (init.kind !== 'file') throw new RunError('internal', 'CX8299', 'not a tensor of a file');
  const { data } = file.read(init.tensor);
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
