import { known, productOfSizes, quotientOfSize, sumOfSizes, type Size } from '../types/axis.ts';
import { constantOf } from './build.ts';
import type { Typed } from './typed.ts';

/** A number of entries that is known, or follows from the number of samples or words: `5`, `batch / 2`, `size(class) - 1`. */
export function sizeOf(typed: Typed): Size | undefined {
  const value = constantOf(typed);
  if (value !== undefined) return known(value);
  if (typed.op === 'size') return typed.attributes.size;
  const [left, right] = typed.args;
  if (typed.op === 'cast' && left !== undefined) return sizeOf(left);
  if (typed.op !== 'two' || left === undefined || right === undefined) return undefined;
  const [a, b] = [sizeOf(left), sizeOf(right)];
  if (a === undefined || b === undefined) return undefined;
  switch (typed.attributes.op) {
    case 'div':
      return b.kind === 'known' ? quotientOfSize(a, b.value) : undefined;
    case 'add':
      return sumOfSizes([a, b]);
    case 'sub':
      return b.kind === 'known' ? sumOfSizes([a, known(-b.value)]) : undefined;
    case 'mul':
      return productOfSizes([a, b]);
    default:
      return undefined;
  }
}
