/** Numbers from a checkpoint's layout to ours, and back. */
import { elementCount, rowMajorStrides, type Shape } from '../dtype.ts';
import type { StoredForm } from './naming.ts';
import type { Layout } from './rules/rule.ts';

/** Ours, of the tensors that `stored.theirs` names in its order. A tensor that is stored as it is comes back itself, not a copy. */
export function fromStored({ theirs, how }: StoredForm, tensors: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = tensors;
  switch (how.kind) {
    case 'same':
    case 'led':
      return first;
    case 'permuted':
      return permuted(first, theirs[0]?.shape ?? [], how.permutation);
    case 'joined': {
      const whole = new Float32Array(tensors.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const tensor of tensors) {
        whole.set(tensor, at);
        at += tensor.length;
      }
      return whole;
    }
  }
}

/** Theirs, in the order of `stored.theirs`, of a tensor of ours of this shape. */
export function toStored({ theirs, how }: StoredForm, values: Float32Array, shape: Shape): readonly Float32Array[] {
  switch (how.kind) {
    case 'same':
    case 'led':
      return [values];
    case 'permuted':
      return [permuted(values, shape, inverse(how).permutation)];
    case 'joined': {
      const part = values.length / theirs.length;
      return theirs.map((_, index) => values.slice(index * part, (index + 1) * part));
    }
  }
}

const inverse = ({ permutation }: Extract<Layout, { kind: 'permuted' }>): { readonly permutation: readonly number[] } => ({
  permutation: permutation.map((_, axis) => permutation.indexOf(axis)),
}); // prettier-ignore

/** Axis i of the result is axis `permutation[i]` of `values`. */
function permuted(values: Float32Array, shape: Shape, permutation: readonly number[]): Float32Array {
  const strides = rowMajorStrides(shape);
  const extents = permutation.map((axis) => shape[axis] ?? 1);
  const steps = permutation.map((axis) => strides[axis] ?? 0);
  const result = new Float32Array(elementCount(shape));
  const index = extents.map(() => 0);
  let from = 0;
  for (let at = 0; at < result.length; at++) {
    result[at] = values[from] ?? 0;
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      from += steps[axis] ?? 0;
      if (next < (extents[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      index[axis] = 0;
      from -= next * (steps[axis] ?? 0);
    }
  }
  return result;
}
