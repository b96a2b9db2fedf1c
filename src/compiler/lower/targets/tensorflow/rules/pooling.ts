import type { OpAttributes } from '../../../../ir/ops.ts';
import type { Shape } from '../../../../types/dtype.ts';
import { ints, text, type TensorName } from '../graph-writer.ts';
import type { Lowering, LoweringRules } from '../lowering.ts';
import type { TensorflowAttributes } from '../tensorflow-proto.ts';
import { windowsAlong, type WindowAxis } from '../../../window-axis.ts';
import { placementOf, type Placement } from '../windows.ts';

/** The least float32: no maximum, since padding never reaches a whole window. */
const lowest = -3.4028234663852886e38;

/** TensorFlow's kernels: the gradient of a maximum goes to its first place, means of `SAME` count real elements only. */
export const poolingRules: LoweringRules<'max_pool' | 'max_pool_grad' | 'avg_pool' | 'avg_pool_grad'> = {
  max_pool: (node, lowering) => {
    const [xId] = node.inputs;
    const sizes = sizesOf(lowering.shape(xId), node.attributes);
    return lowering.kernel('MaxPool', [padAround(lowering, lowering.value(xId), sizes, lowest)], sizes.kernel);
  },
  max_pool_grad: (node, lowering) => {
    const [xId, dyId] = node.inputs;
    const sizes = sizesOf(lowering.shape(xId), node.attributes);
    const padded = padAround(lowering, lowering.value(xId), sizes, lowest);
    const maximum = lowering.kernel('MaxPool', [padded], sizes.kernel);
    const gradient = lowering.kernel('MaxPoolGrad', [padded, maximum, lowering.value(dyId)], sizes.kernel);
    return inner(lowering, gradient, sizes);
  },
  avg_pool: (node, lowering) => {
    const [xId] = node.inputs;
    const sizes = sizesOf(lowering.shape(xId), node.attributes);
    const mean = lowering.kernel('AvgPool', [padAround(lowering, lowering.value(xId), sizes, 0)], sizes.kernel);
    return correctCounts(lowering, mean, sizes);
  },
  avg_pool_grad: (node, lowering) => {
    const sizes = sizesOf(node.attributes.inputShape, node.attributes);
    const dy = correctCounts(lowering, lowering.value(node.inputs[0]), sizes);
    const shape = lowering.writer.int32s(paddedShape(sizes));
    return inner(lowering, lowering.kernel('AvgPoolGrad', [shape, dy], sizes.kernel), sizes);
  },
};

interface Sizes extends Placement {
  readonly x: Shape;
  readonly height: WindowAxis;
  readonly width: WindowAxis;
  readonly kernel: TensorflowAttributes;
}

function sizesOf(x: Shape, { window, stride, padding }: OpAttributes['max_pool']): Sizes {
  const [, rows = 1, columns = 1] = x;
  const [top, bottom, left, right] = padding;
  const axis = (at: 0 | 1, extent: number, before: number, after: number): WindowAxis => {
    return { extent, taps: window[at], stride: stride[at], dilation: 1, before, after };
  };
  const height = axis(0, rows, top, bottom);
  const width = axis(1, columns, left, right);
  const placement = placementOf(height, width);
  const kernel = {
    ksize: ints([1, ...window, 1]),
    strides: ints([1, ...stride, 1]),
    padding: text(placement.padding),
    data_format: text('NHWC'),
  };
  return { ...placement, x, height, width, kernel };
}

function padAround(lowering: Lowering, x: TensorName, { before, after }: Sizes, value: number): TensorName {
  return lowering.pad(x, [0, ...before, 0], [0, ...after, 0], value);
}

function paddedShape({ x, before, after }: Sizes): Shape {
  const [batch = 1, height = 1, width = 1, channels = 1] = x;
  return [batch, height + before[0] + after[0], width + before[1] + after[1], channels];
}

/** What of a gradient of the padded x belongs to x. */
function inner(lowering: Lowering, gradient: TensorName, sizes: Sizes): TensorName {
  return lowering.slice(gradient, paddedShape(sizes), [0, ...sizes.before, 0], sizes.x);
}

/** The kernel divided by the whole window where some of it is written padding: times `window / real elements`. */
function correctCounts(lowering: Lowering, mean: TensorName, sizes: Sizes): TensorName {
  if ([...sizes.before, ...sizes.after].every((count) => count === 0)) return mean;
  const rows = factors(sizes.height);
  const columns = factors(sizes.width);
  const values = rows.flatMap((row) => columns.map((column) => row * column));
  return lowering.mul(mean, lowering.writer.constant('f32', [1, rows.length, columns.length, 1], values));
}

/** For each window along an axis, its taps over those that lie on the image. */
function factors(axis: WindowAxis): number[] {
  return Array.from({ length: windowsAlong(axis) }, (_, window) => {
    const start = window * axis.stride - axis.before;
    return axis.taps / (Math.min(start + axis.taps, axis.extent) - Math.max(start, 0));
  });
}
