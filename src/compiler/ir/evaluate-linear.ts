import { elementCount } from '../types/dtype.ts';
import type { Kernels } from './kernel.ts';
import type { OpAttributes } from './ops.ts';
import type { Numbers, TensorData } from './tensor-data.ts';

type LinearOp =
  | 'matmul'
  | 'conv2d'
  | 'conv2d_grad_input'
  | 'conv2d_grad_filter'
  | 'max_pool'
  | 'max_pool_grad'
  | 'avg_pool'
  | 'avg_pool_grad';

/** What matrix products and windows over images mean. Sums run in double precision and are rounded once. */
export const linearKernels: Kernels<LinearOp> = {
  matmul: ([a, b], result, { transposeA, transposeB }) => {
    const rows = result.shape.at(-2)!;
    const columns = result.shape.at(-1)!;
    const inner = a.shape.at(transposeA ? -2 : -1)!;
    const shared = b.shape.length === 2;
    const row = new Float64Array(columns);
    const matrices = result.data.length / (rows * columns);
    let right = transposeB ? transposed(b.data, 0, columns, inner) : b.data;
    for (let matrix = 0; matrix < matrices; matrix++) {
      const rightStart = shared || transposeB ? 0 : matrix * inner * columns;
      if (transposeB && !shared) right = transposed(b.data, matrix * inner * columns, columns, inner);
      for (let i = 0; i < rows; i++) {
        row.fill(0);
        for (let k = 0; k < inner; k++) {
          const left = a.data[matrix * rows * inner + (transposeA ? k * rows + i : i * inner + k)]!;
          const from = rightStart + k * columns;
          for (let j = 0; j < columns; j++) row[j]! += left * right[from + j]!;
        }
        result.data.set(row, (matrix * rows + i) * columns);
      }
    }
  },
  conv2d: ([x, filter], result, attributes) => {
    const channels = channelsOf(x, filter, attributes);
    const sum = new Float64Array(result.data.length);
    eachTap(x.shape, filter.shape, result.shape, attributes, (xAt, tap, yAt) => {
      eachChannelPair(channels, tap, (input, from, output, count) => {
        const value = x.data[xAt + input]!;
        for (let o = 0; o < count; o++) sum[yAt + output + o]! += value * filter.data[from + o]!;
      });
    });
    result.data.set(sum);
  },
  conv2d_grad_input: ([dy, filter], result, attributes) => {
    const channels = channelsOf(result, filter, attributes);
    const sum = new Float64Array(result.data.length);
    eachTap(result.shape, filter.shape, dy.shape, attributes, (xAt, tap, yAt) => {
      eachChannelPair(channels, tap, (input, from, output, count) => {
        let value = 0;
        for (let o = 0; o < count; o++) value += dy.data[yAt + output + o]! * filter.data[from + o]!;
        sum[xAt + input]! += value;
      });
    });
    result.data.set(sum);
  },
  conv2d_grad_filter: ([x, dy], result, attributes) => {
    const channels = channelsOf(x, result, attributes);
    const sum = new Float64Array(result.data.length);
    eachTap(x.shape, result.shape, dy.shape, attributes, (xAt, tap, yAt) => {
      eachChannelPair(channels, tap, (input, from, output, count) => {
        const value = x.data[xAt + input]!;
        for (let o = 0; o < count; o++) sum[from + o]! += value * dy.data[yAt + output + o]!;
      });
    });
    result.data.set(sum);
  },
  max_pool: ([x], result, pooling) => {
    const from = firstMaxima(x, result, pooling);
    for (let at = 0; at < from.length; at++) result.data[at] = x.data[from[at]!]!;
  },
  max_pool_grad: ([x, dy], result, pooling) => {
    const from = firstMaxima(x, dy, pooling);
    const sum = new Float64Array(result.data.length);
    for (let at = 0; at < from.length; at++) sum[from[at]!]! += dy.data[at]!;
    result.data.set(sum);
  },
  avg_pool: ([x], result, pooling) => {
    const counts = windowSizes(x.shape, result.shape, pooling);
    const sum = new Float64Array(result.data.length);
    const channels = x.shape[3]!;
    eachTap(x.shape, pooling.window, result.shape, pooling, (xAt, _, yAt) => {
      for (let c = 0; c < channels; c++) sum[yAt + c]! += x.data[xAt + c]!;
    });
    for (let at = 0; at < sum.length; at++) result.data[at] = sum[at]! / counts[Math.floor(at / channels)]!;
  },
  avg_pool_grad: ([dy], result, pooling) => {
    const counts = windowSizes(result.shape, dy.shape, pooling);
    const sum = new Float64Array(result.data.length);
    const channels = result.shape[3]!;
    eachTap(result.shape, pooling.window, dy.shape, pooling, (xAt, _, yAt) => {
      const count = counts[yAt / channels]!;
      for (let c = 0; c < channels; c++) sum[xAt + c]! += dy.data[yAt + c]! / count;
    });
    result.data.set(sum);
  },
};

function transposed(matrix: Numbers, start: number, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = matrix[start + i * columns + j]!;
  }
  return turned;
}

interface Windows {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly dilation?: readonly [number, number];
}

/**
 * Visits every tap of every window that lies on a real pixel, in row-major order: the offset of the pixel's channels in x,
 * the number of the tap in its window, the offset of the window's channels in y.
 */
function eachTap(
  x: readonly number[],
  window: readonly number[],
  y: readonly number[],
  { stride, padding: [top, , left], dilation = [1, 1] }: Windows,
  visit: (xAt: number, tap: number, yAt: number) => void,
): void {
  const [, height = 1, width = 1, channels = 1] = x;
  const [windowHeight = 1, windowWidth = 1] = window;
  const [batch = 1, rows = 1, columns = 1, outputs = 1] = y;
  for (let position = 0; position < batch * rows * columns; position++) {
    const column = position % columns;
    const row = Math.floor(position / columns) % rows;
    const image = Math.floor(position / (columns * rows));
    for (let tap = 0; tap < windowHeight * windowWidth; tap++) {
      const i = row * stride[0] - top + Math.floor(tap / windowWidth) * dilation[0];
      const j = column * stride[1] - left + (tap % windowWidth) * dilation[1];
      if (i < 0 || i >= height || j < 0 || j >= width) continue;
      visit(((image * height + i) * width + j) * channels, tap, position * outputs);
    }
  }
}

interface Channels {
  readonly groups: number;
  /** Channels of one group. */
  readonly inputs: number;
  readonly outputs: number;
}

function channelsOf(x: TensorData, filter: TensorData, { groups }: OpAttributes['conv2d']): Channels {
  return { groups, inputs: x.shape[3]! / groups, outputs: filter.shape[3]! / groups };
}

/** For each input channel of a tap: the run of filter entries that meets it, and the run of output channels it feeds. */
function eachChannelPair(
  { groups, inputs, outputs }: Channels,
  tap: number,
  visit: (input: number, filterAt: number, output: number, count: number) => void,
): void {
  for (let group = 0; group < groups; group++) {
    for (let c = 0; c < inputs; c++) {
      const filterAt = (tap * inputs + c) * groups * outputs + group * outputs;
      visit(group * inputs + c, filterAt, group * outputs, outputs);
    }
  }
}

/** Real elements under each window. */
function windowSizes(x: readonly number[], y: readonly number[], pooling: OpAttributes['avg_pool']): Int32Array {
  const channels = y[3]!;
  const counts = new Int32Array(elementCount(y) / channels);
  eachTap(x, pooling.window, y, pooling, (_, __, yAt) => {
    counts[yAt / channels]! += 1;
  });
  return counts;
}

/** For each element of y the place in x of its window's first maximum. */
function firstMaxima(x: TensorData, y: TensorData, pooling: OpAttributes['max_pool']): Int32Array {
  const from = new Int32Array(y.data.length).fill(-1);
  const channels = x.shape[3]!;
  eachTap(x.shape, pooling.window, y.shape, pooling, (xAt, _, yAt) => {
    for (let c = 0; c < channels; c++) {
      const best = from[yAt + c]!;
      if (best < 0 || x.data[xAt + c]! > x.data[best]!) from[yAt + c] = xAt + c;
    }
  });
  return from;
}
