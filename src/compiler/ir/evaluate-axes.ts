import { elementCount } from '../types/dtype.ts';
import type { Kernels, Operands } from './kernel.ts';
import type { OpAttributes } from './ops.ts';
import { around, broadcastStrides, reductionStrides, stridedOffsets } from './strided.ts';
import type { TensorData } from './tensor-data.ts';

type AxisOp =
  | 'reduce_sum'
  | 'reduce_max'
  | 'reduce_min'
  | 'argmax'
  | 'cumsum'
  | 'softmax'
  | 'log_softmax'
  | 'moment_mean'
  | 'moment_rstd'
  | 'layer_norm'
  | 'batch_norm'
  | 'batch_norm_training'
  | 'batch_norm_grad_input'
  | 'batch_norm_grad_scale'
  | 'top_k_values'
  | 'top_k_indices';

/** What the ops along axes mean. Sums run in double precision and are rounded once. */
export const axisKernels: Kernels<AxisOp> = {
  reduce_sum: ([x], result, { axes }) => result.data.set(sums(x, axes).total),
  reduce_max: ([x], result, { axes }) => reduce(x, result, axes, -Infinity, Math.max),
  reduce_min: ([x], result, { axes }) => reduce(x, result, axes, Infinity, Math.min),
  argmax: ([x], result, { axis }) => {
    alongLines(x, axis, (start, step, extent, line) => {
      let best = 0;
      for (let at = 1; at < extent; at++) {
        if (x.data[start + at * step]! > x.data[start + best * step]!) best = at;
      }
      result.data[line] = best;
    });
  },
  cumsum: ([x], result, { axis, exclusive, reverse }) => {
    alongLines(x, axis, (start, step, extent) => {
      let sum = 0;
      for (let at = 0; at < extent; at++) {
        const place = start + (reverse ? extent - 1 - at : at) * step;
        const before = sum;
        sum += x.data[place]!;
        result.data[place] = exclusive ? before : sum;
      }
    });
  },
  softmax: ([x], result, { axis }) => {
    alongLines(x, axis, (start, step, extent) => {
      const shift = logSumExp(x, start, step, extent);
      for (let at = 0; at < extent; at++) {
        const place = start + at * step;
        result.data[place] = Math.exp(x.data[place]! - shift.max) / shift.sum;
      }
    });
  },
  log_softmax: ([x], result, { axis }) => {
    alongLines(x, axis, (start, step, extent) => {
      const shift = logSumExp(x, start, step, extent);
      for (let at = 0; at < extent; at++) {
        const place = start + at * step;
        result.data[place] = x.data[place]! - shift.max - Math.log(shift.sum);
      }
    });
  },
  moment_mean: ([x], result, { axes }) => {
    const { total, count } = sums(x, axes);
    for (let at = 0; at < total.length; at++) result.data[at] = total[at]! / count;
  },
  moment_rstd: ([x], result, { axes, epsilon }) => {
    const { offsets, total, count } = sums(x, axes);
    const squares = new Float64Array(total.length);
    for (let at = 0; at < offsets.length; at++) {
      const to = offsets[at]!;
      squares[to]! += (x.data[at]! - total[to]! / count) ** 2;
    }
    for (let at = 0; at < total.length; at++) result.data[at] = 1 / Math.sqrt(squares[at]! / count + epsilon);
  },
  layer_norm: ([x, scale, bias], result, { epsilon }) => {
    alongLines(x, x.shape.length - 1, (start, _, extent) => {
      let mean = 0;
      for (let at = 0; at < extent; at++) mean += x.data[start + at]! / extent;
      let variance = 0;
      for (let at = 0; at < extent; at++) variance += (x.data[start + at]! - mean) ** 2 / extent;
      const rstd = 1 / Math.sqrt(variance + epsilon);
      for (let at = 0; at < extent; at++) {
        result.data[start + at] = (x.data[start + at]! - mean) * rstd * scale.data[at]! + bias.data[at]!;
      }
    });
  },
  batch_norm: ([x, ...statistics], result) => {
    const [mean, rstd, scale, bias] = statistics;
    const [atMean, atRstd, atScale, atBias] = statistics
      .slice(0, 4)
      .map((operand) => stridedOffsets(x.shape, broadcastStrides(operand.shape, x.shape)));
    for (let at = 0; at < result.data.length; at++) {
      const centred = x.data[at]! - mean.data[atMean![at]!]!;
      result.data[at] = centred * rstd.data[atRstd![at]!]! * scale.data[atScale![at]!]! + bias.data[atBias![at]!]!;
    }
  },
  batch_norm_training: ([x, scale, bias], result, { epsilon }) => {
    const { mean, rstd } = channelMoments(x, epsilon);
    eachChannel(x, (at, c) => {
      result.data[at] = (x.data[at]! - mean[c]!) * rstd[c]! * scale.data[c]! + bias.data[c]!;
    });
  },
  // x̂ = (x − μ) r: dx = s r (dy − mean dy − x̂ mean(dy x̂)) (Ioffe & Szegedy 2015, section 3).
  batch_norm_grad_input: ([dy, x, scale], result, { epsilon }) => {
    const { mean, rstd, count } = channelMoments(x, epsilon);
    const bias = new Float64Array(mean.length);
    eachChannel(dy, (at, c) => (bias[c]! += dy.data[at]!));
    const own = scaleGradient(dy, x, mean, rstd);
    eachChannel(x, (at, c) => {
      const normalised = (x.data[at]! - mean[c]!) * rstd[c]!;
      const rest = dy.data[at]! - bias[c]! / count - (normalised * own[c]!) / count;
      result.data[at] = scale.data[c]! * rstd[c]! * rest;
    });
  },
  batch_norm_grad_scale: ([dy, x], result, { epsilon }) => {
    const { mean, rstd } = channelMoments(x, epsilon);
    result.data.set(scaleGradient(dy, x, mean, rstd));
  },
  top_k_values: (operands, result, attributes) => topK(operands, result, attributes, (value) => value),
  top_k_indices: (operands, result, attributes) => topK(operands, result, attributes, (_, index) => index),
};

/** Visits every line of `x` along `axis`: where it starts, the step along it, its extent, and its number in row-major order. */
function alongLines(
  x: TensorData,
  axis: number,
  visit: (start: number, step: number, extent: number, line: number) => void,
): void {
  const { outer, extent, inner } = around(x.shape, axis);
  for (let row = 0; row < outer; row++) {
    for (let column = 0; column < inner; column++) {
      visit(row * extent * inner + column, inner, extent, row * inner + column);
    }
  }
}

function logSumExp(x: TensorData, start: number, step: number, extent: number): { max: number; sum: number } {
  let max = -Infinity;
  for (let at = 0; at < extent; at++) max = Math.max(max, x.data[start + at * step]!);
  let sum = 0;
  for (let at = 0; at < extent; at++) sum += Math.exp(x.data[start + at * step]! - max);
  return { max, sum };
}

function sums(x: TensorData, axes: readonly number[]): { offsets: Int32Array; total: Float64Array; count: number } {
  const offsets = stridedOffsets(x.shape, reductionStrides(x.shape, axes));
  const count = elementCount(axes.map((axis) => x.shape[axis] ?? 1));
  const total = new Float64Array(x.data.length / count);
  for (let at = 0; at < offsets.length; at++) total[offsets[at]!]! += x.data[at]!;
  return { offsets, total, count };
}

/** Mean and `1 / sqrt(variance + epsilon)` of each channel, in double precision. */
function channelMoments(
  x: TensorData,
  epsilon: number,
): { readonly mean: Float64Array; readonly rstd: Float64Array; readonly count: number } {
  const { total, count } = sums(x, leadingAxes(x));
  const mean = total.map((sum) => sum / count);
  const squares = new Float64Array(mean.length);
  eachChannel(x, (at, c) => (squares[c]! += (x.data[at]! - mean[c]!) ** 2));
  return { mean, rstd: squares.map((sum) => 1 / Math.sqrt(sum / count + epsilon)), count };
}

/** Σ dy x̂ of each channel. */
function scaleGradient(dy: TensorData, x: TensorData, mean: Float64Array, rstd: Float64Array): Float64Array {
  const sum = new Float64Array(mean.length);
  eachChannel(x, (at, c) => (sum[c]! += dy.data[at]! * (x.data[at]! - mean[c]!) * rstd[c]!));
  return sum;
}

function leadingAxes({ shape }: TensorData): number[] {
  return shape.slice(0, -1).map((_, axis) => axis);
}

/** Every place of x with its channel, the index along the last dimension. */
function eachChannel(x: TensorData, visit: (at: number, channel: number) => void): void {
  const channels = x.shape.at(-1)!;
  for (let at = 0; at < x.data.length; at++) visit(at, at % channels);
}

function reduce(
  x: TensorData,
  result: TensorData,
  axes: readonly number[],
  start: number,
  combine: (a: number, b: number) => number,
): void {
  const offsets = stridedOffsets(x.shape, reductionStrides(x.shape, axes));
  const best = new Float64Array(result.data.length).fill(start);
  for (let at = 0; at < offsets.length; at++) best[offsets[at]!] = combine(best[offsets[at]!]!, x.data[at]!);
  result.data.set(best);
}

function topK(
  [x]: Operands,
  result: TensorData,
  { k }: OpAttributes['top_k_values'],
  pick: (value: number, index: number) => number,
): void {
  alongLines(x, x.shape.length - 1, (start, _, extent, line) => {
    const order = Array.from({ length: extent }, (_, index) => index);
    order.sort((a, b) => x.data[start + b]! - x.data[start + a]! || a - b);
    for (let rank = 0; rank < k; rank++)
      result.data[line * k + rank] = pick(x.data[start + order[rank]!]!, order[rank]!);
  });
}
