import { elementCount } from '../../../compiler/types/dtype.ts';
import type { Shape } from '../../../compiler/types/dtype.ts';
import { emptyData, storedBytes } from './stored-tensor.ts';
import { readPart, readStored } from './read-stored.ts';
import type { StoredRange } from './read-stored.ts';
import type { StoredTensor } from './weights-file.ts';

/** A tensor that lies in a storage with steps of its own along each dimension. */
export interface StoredView extends StoredRange {
  readonly shape: Shape;
  /** In elements. */
  readonly stride: readonly number[];
}

/** How many elements of its storage a view spans. */
export const spanOf = (shape: Shape, stride: readonly number[]): number =>
  elementCount(shape) === 0 ? 0 : 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * (stride[axis] ?? 0), 0);

/** Bytes of the storage that are held at once while a view is gathered. */
const partBytes = 2 ** 22;

/** The numbers of a view, row by row; undefined where the file ends before. */
export function readView(file: number, view: StoredView): StoredTensor['data'] | undefined {
  const { shape, stride, dtype, start } = view;
  if (isRowByRow(shape, stride)) return readStored(file, view);
  const count = elementCount(shape);
  const into = emptyData(dtype, count);
  if (count === 0) return into;
  // In the order of the storage its parts come one after the other. Views whose elements overlap (windows) have no such order: they are
  // gathered from all that they span, which is less than they take.
  const size = storedBytes[dtype];
  const axes = shape.map((length, axis) => ({ length, step: stride[axis] ?? 0, place: elementCount(shape.slice(axis + 1)) })); // prettier-ignore
  const order = axes.filter(({ length }) => length > 1).sort((a, b) => b.step - a.step);
  const overlaps = order.some(({ step }, at) => step <= spanWithin(order.slice(at + 1)));
  const span = spanOf(shape, stride);
  const held = overlaps ? span : Math.min(span, Math.max(1, Math.floor(partBytes / size)));
  const bytes = Buffer.alloc(held * size);
  const numbers = emptyData(dtype, held);
  let [from, filled] = [0, 0];
  const index = order.map(() => 0);
  for (let [source, target, done] = [0, 0, 0]; ;) {
    if (source >= from + filled) {
      from = source;
      filled = Math.min(held, span - from);
      if (!readPart(file, view, start + from * size, bytes.subarray(0, filled * size), numbers, 0)) return undefined;
    }
    into[target] = numbers[source - from] ?? 0;
    done++;
    if (done === count) return into;
    for (let axis = order.length - 1; ; axis--) {
      const { length = 1, step = 0, place = 0 } = order[axis] ?? {};
      index[axis] = (index[axis] ?? 0) + 1;
      source += step;
      target += place;
      if ((index[axis] ?? 0) < length) break;
      index[axis] = 0;
      source -= length * step;
      target -= length * place;
    }
  }
}

/** Steps from the first to the last element. */
const spanWithin = (axes: readonly { readonly length: number; readonly step: number }[]): number =>
  axes.reduce((sum, { length, step }) => sum + (length - 1) * step, 0);

/** Whether the elements lie one after the other; the step along a dimension of one element means nothing. */
function isRowByRow(shape: Shape, stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    if (length !== 1 && stride[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}
