import { invariant } from '../common/invariant.ts';
import type { Kernels } from './kernel.ts';
import { around } from './strided.ts';
import type { Numbers, TensorData } from './tensor-data.ts';

type IndexOp = 'gather' | 'scatter_add' | 'gather_along' | 'scatter_add_along' | 'one_hot';

/** What the ops by index mean. Sums over repeated indices run in double precision. An index out of range throws. */
export const indexKernels: Kernels<IndexOp> = {
  gather: ([x, indices], result, { axis }) => {
    const { outer, extent, inner } = around(x.shape, axis);
    const count = indices.data.length;
    for (let row = 0; row < outer; row++) {
      for (let at = 0; at < count; at++) {
        const from = (row * extent + index(indices, at, extent)) * inner;
        result.data.set(x.data.subarray(from, from + inner), (row * count + at) * inner);
      }
    }
  },
  scatter_add: ([updates, indices], result, { axis, size }) => {
    const { outer, inner } = around(result.shape, axis);
    const count = indices.data.length;
    const sum = new Float64Array(result.data.length);
    for (let row = 0; row < outer; row++) {
      for (let at = 0; at < count; at++) {
        const from = (row * count + at) * inner;
        const to = (row * size + index(indices, at, size)) * inner;
        for (let column = 0; column < inner; column++) sum[to + column]! += updates.data[from + column]!;
      }
    }
    result.data.set(sum);
  },
  gather_along: ([x, indices], result, { axis }) => {
    const extent = x.shape[axis] ?? 1;
    along(indices, axis, extent, (at, place) => {
      result.data[at] = x.data[place]!;
    });
  },
  scatter_add_along: ([updates, indices], result, { axis, size }) => {
    const sum = new Float64Array(result.data.length);
    along(indices, axis, size, (at, place) => {
      sum[place]! += updates.data[at]!;
    });
    result.data.set(sum);
  },
  one_hot: ([indices], result, { depth }) => {
    for (let at = 0; at < indices.data.length; at++) result.data[at * depth + index(indices, at, depth)] = 1;
  },
};

/** For every index: its own place, and that of the element it names in a tensor with `extent` along `axis`. */
function along(indices: TensorData, axis: number, extent: number, visit: (at: number, place: number) => void): void {
  const lines = around(indices.shape, axis);
  for (let at = 0; at < indices.data.length; at++) {
    const column = at % lines.inner;
    const row = Math.floor(at / (lines.inner * lines.extent));
    visit(at, (row * extent + index(indices, at, extent)) * lines.inner + column);
  }
}

function index(indices: { readonly data: Numbers }, at: number, extent: number): number {
  const found = indices.data[at] ?? -1;
  invariant(found >= 0 && found < extent, `index ${found} is outside 0 .. ${extent - 1}`);
  return found;
}
