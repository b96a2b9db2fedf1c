import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { RunError } from '../../run-error.ts';
import { readSafetensors } from '../../weights/safetensors.ts';
import { DataError } from '../data-error.ts';
import type { Member, RawSample } from '../raw-sample.ts';
import { absent } from './glob.ts';

/**
 * Features that another program computed: tensors of a safetensors file, of which the first dimension is the sample. A member for each
 * tensor: a number where there is one a sample, otherwise a list. Throws CX8101, CX8106.
 */
export function readFeatures(path: string, projectFolder: string): RawSample[] {
  const file = isAbsolute(path) ? path : resolve(projectFolder, path);
  if (!existsSync(file)) throw absent(path, projectFolder);
  try {
    const tensors = [...readSafetensors(file)];
    const counts = new Set(tensors.map(([, { shape }]) => shape[0] ?? 0));
    const [count = 0, other] = counts;
    if (other !== undefined) {
      const listed = tensors.map(([name, { shape }]) => `\`${name}\` ${shape[0] ?? 0}`).join(', ');
      throw new DataError('user', 'CX8106', `${path} does not say one number of samples: ${listed}`);
    }
    return Array.from({ length: count }, (_, index): RawSample => {
      const members = new Map<string, Member>();
      for (const [name, { shape, data }] of tensors) {
        const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
        const numbers = Array.from(data.subarray(index * size, (index + 1) * size), Number);
        const value = shape.length === 1 ? numbers[0] : numbers;
        members.set(name, { kind: 'value', value, folder: dirname(file) });
      }
      return { key: String(index), origin: basename(path), members };
    });
  } catch (cause) {
    if (cause instanceof DataError || !(cause instanceof RunError)) throw cause;
    throw new DataError('world', 'CX8106', `${path} can not be read: ${cause.message}`, { cause });
  }
}
