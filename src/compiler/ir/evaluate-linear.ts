import { elementCount } from '../types/dtype.ts';
import { addProduct, type Matrix } from './add-product.ts';
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
    const left = doubles(a.data);
    const own = doubles(b.data);
    const sum = new Float64Array(result.data.length);
    const matrices = sum.length / (rows * columns);
    let right = transposeB ? transposed(own, 0, columns, inner) : own;
    for (let matrix = 0; matrix < matrices; matrix++) {
      if (transposeB && !shared) right = transposed(own, matrix * inner * columns, columns, inner);
      const at = matrix * rows * inner;
      addProduct(
        { data: sum, at: matrix * rows * columns, row: columns, column: 1 },
        transposeA ? { data: left, at, row: 1, column: rows } : { data: left, at, row: inner, column: 1 },
        { data: right, at: shared || transposeB ? 0 : matrix * inner * columns, row: columns, column: 1 },
        rows,
        inner,
        columns,
      );
    }
    result.data.set(sum);
  },
  // y[window] += x[pixel] F[tap]
  conv2d: ([x, filter], result, attributes) => {
    const { inputs, outputs, eachGroup } = channelsOf(x, filter, attributes);
    const pixels = pixelsOf(x, attributes);
    const filters = { data: doubles(filter.data), row: filter.shape[3]!, column: 1 };
    const sum = { data: new Float64Array(result.data.length), row: result.shape[3]!, column: 1 };
    eachRun(x.shape, filter.shape, result.shape, attributes, (xAt, tap, yAt, count) => {
      eachGroup(xAt, tap, yAt, (input, from, output) => {
        addProduct({ ...sum, at: output }, { ...pixels, at: input }, { ...filters, at: from }, count, inputs, outputs);
      });
    });
    result.data.set(sum.data);
  },
  // dx[pixel] += dy[window] F[tap]ᵀ
  conv2d_grad_input: ([dy, filter], result, attributes) => {
    const { inputs, outputs, eachGroup } = channelsOf(result, filter, attributes);
    const windows = { data: doubles(dy.data), row: dy.shape[3]!, column: 1 };
    const turned = { data: eachTurned(filter), row: inputs, column: 1 };
    const sum = { ...pixelsOf(result, attributes), data: new Float64Array(result.data.length) };
    eachRun(result.shape, filter.shape, dy.shape, attributes, (xAt, tap, yAt, count) => {
      eachGroup(xAt, tap, yAt, (input, _, output, at) => {
        addProduct({ ...sum, at: input }, { ...windows, at: output }, { ...turned, at }, count, outputs, inputs);
      });
    });
    result.data.set(sum.data);
  },
  // dF[tap] += x[pixel]ᵀ dy[window]
  conv2d_grad_filter: ([x, dy], result, attributes) => {
    const { inputs, outputs, eachGroup } = channelsOf(x, result, attributes);
    const { data, row } = pixelsOf(x, attributes);
    const pixels = { data, row: 1, column: row };
    const windows = { data: doubles(dy.data), row: dy.shape[3]!, column: 1 };
    const sum = { data: new Float64Array(result.data.length), row: result.shape[3]!, column: 1 };
    eachRun(x.shape, result.shape, dy.shape, attributes, (xAt, tap, yAt, count) => {
      eachGroup(xAt, tap, yAt, (input, to, output) => {
        addProduct({ ...sum, at: to }, { ...pixels, at: input }, { ...windows, at: output }, inputs, count, outputs);
      });
    });
    result.data.set(sum.data);
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
    eachTap(x.shape, pooling.window, result.shape, pooling, (xAt, yAt) => {
      for (let c = 0; c < channels; c++) sum[yAt + c]! += x.data[xAt + c]!;
    });
    for (let at = 0; at < sum.length; at++) result.data[at] = sum[at]! / counts[Math.floor(at / channels)]!;
  },
  avg_pool_grad: ([dy], result, pooling) => {
    const counts = windowSizes(result.shape, dy.shape, pooling);
    const sum = new Float64Array(result.data.length);
    const channels = result.shape[3]!;
    eachTap(result.shape, pooling.window, dy.shape, pooling, (xAt, yAt) => {
      const count = counts[yAt / channels]!;
      for (let c = 0; c < channels; c++) sum[xAt + c]! += dy.data[yAt + c]! / count;
    });
    result.data.set(sum);
  },
};

/** The same numbers in double precision: loops over one kind of array are many times as fast as over any of four. */
function doubles(data: Numbers): Float64Array {
  return data instanceof Float64Array ? data : new Float64Array(data);
}

function transposed(matrix: Float64Array, start: number, rows: number, columns: number): Float64Array {
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
 * Visits, for every row of windows and every tap, the run of windows in which it lies on a real pixel: the offset of the first pixel's
 * channels in x, the number of the tap in its window, the offset of the first window's channels in y, the number of windows.
 */
function eachRun(
  x: readonly number[],
  window: readonly number[],
  y: readonly number[],
  { stride, padding: [top, , left], dilation = [1, 1] }: Windows,
  visit: (xAt: number, tap: number, yAt: number, count: number) => void,
): void {
  const [, height = 1, width = 1, channels = 1] = x;
  const [windowHeight = 1, windowWidth = 1] = window;
  const [batch = 1, rows = 1, columns = 1, outputs = 1] = y;
  for (let row = 0; row < batch * rows; row++) {
    const image = Math.floor(row / rows);
    for (let tap = 0; tap < windowHeight * windowWidth; tap++) {
      const i = (row % rows) * stride[0] - top + Math.floor(tap / windowWidth) * dilation[0];
      if (i < 0 || i >= height) continue;
      // window `column` looks at pixel j + column · stride
      const j = (tap % windowWidth) * dilation[1] - left;
      const first = Math.max(0, Math.ceil(-j / stride[1]));
      const end = Math.min(columns, Math.floor((width - 1 - j) / stride[1]) + 1);
      if (first >= end) continue;
      const pixel = (image * height + i) * width + j + first * stride[1];
      visit(pixel * channels, tap, (row * columns + first) * outputs, end - first);
    }
  }
}

/** Visits every tap of every window that lies on a real pixel, the taps of a window in order: the offsets of their channels in x and y. */
function eachTap(
  x: readonly number[],
  window: readonly number[],
  y: readonly number[],
  windows: Windows,
  visit: (xAt: number, yAt: number) => void,
): void {
  const step = windows.stride[1] * x[3]!;
  eachRun(x, window, y, windows, (xAt, _, yAt, count) => {
    for (let at = 0; at < count; at++) visit(xAt + at * step, yAt + at * y[3]!);
  });
}

/** The pixels that neighbouring windows look at, a row of channels each. */
function pixelsOf(x: TensorData, { stride }: Windows): Omit<Matrix, 'at'> {
  return { data: doubles(x.data), row: stride[1] * x.shape[3]!, column: 1 };
}

interface Channels {
  /** Channels of one group. */
  readonly inputs: number;
  readonly outputs: number;
  /** The offsets of each group's channels in x, in the filter, in y and in the turned filter. */
  readonly eachGroup: (
    xAt: number,
    tap: number,
    yAt: number,
    visit: (input: number, filterAt: number, output: number, turnedAt: number) => void,
  ) => void;
}

function channelsOf(x: TensorData, filter: TensorData, { groups }: OpAttributes['conv2d']): Channels {
  const inputs = x.shape[3]! / groups;
  const outputs = filter.shape[3]! / groups;
  return {
    inputs,
    outputs,
    eachGroup: (xAt, tap, yAt, visit) => {
      const filterAt = tap * inputs * groups * outputs;
      for (let group = 0; group < groups; group++) {
        const output = group * outputs;
        visit(xAt + group * inputs, filterAt + output, yAt + output, filterAt + output * inputs);
      }
    },
  };
}

/** Of [height, width, inputs, outputs] each tap turned: [height, width, outputs, inputs]. */
function eachTurned({ shape, data }: TensorData): Float64Array {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = shape;
  const own = doubles(data);
  const turned = new Float64Array(data.length);
  for (let tap = 0; tap < height * width; tap++)
    turned.set(transposed(own, tap * inputs * outputs, inputs, outputs), tap * inputs * outputs);
  return turned;
}

/** Real elements under each window. */
function windowSizes(x: readonly number[], y: readonly number[], pooling: OpAttributes['avg_pool']): Int32Array {
  const channels = y[3]!;
  const counts = new Int32Array(elementCount(y) / channels);
  eachTap(x, pooling.window, y, pooling, (_, yAt) => {
    counts[yAt / channels]! += 1;
  });
  return counts;
}

/** For each element of y the place in x of its window's first maximum. */
function firstMaxima(x: TensorData, y: TensorData, pooling: OpAttributes['max_pool']): Int32Array {
  const from = new Int32Array(y.data.length).fill(-1);
  const channels = x.shape[3]!;
  eachTap(x.shape, pooling.window, y.shape, pooling, (xAt, yAt) => {
    for (let c = 0; c < channels; c++) {
      const best = from[yAt + c]!;
      if (best < 0 || x.data[xAt + c]! > x.data[best]!) from[yAt + c] = xAt + c;
    }
  });
  return from;
}
