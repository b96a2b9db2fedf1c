import type { Shape } from '../../../../types/dtype.ts';
import {
  isBetterAsProduct,
  productFilterGradient,
  productForward,
  productInputGradient,
} from '../convolution-product.ts';
import { convolutionSizes, type ConvolutionSizes, type Pair } from '../convolution-sizes.ts';
import { ints, text, type TensorName } from '../graph-writer.ts';
import type { Lowering, LoweringRules } from '../lowering.ts';
import type { TensorflowAttributes } from '../tensorflow-proto.ts';

/**
 * TensorFlow's kernels, NHWC. Its gradients of grouped and of dilated convolutions exist only where it has oneDNN (Linux and Windows on
 * x86), so those are written with plain ones: groups one by one (or as a depthwise convolution), dilated ones on the image dealt out
 * into `dilation²` images (Yu and Koltun, 2016; the kernels SpaceToBatch and BatchToSpace are made for it).
 */
export const convolutionRules: LoweringRules<'conv2d' | 'conv2d_grad_input' | 'conv2d_grad_filter'> = {
  conv2d: (node, lowering) => {
    const [xId, filterId] = node.inputs;
    const sizes = convolutionSizes(lowering.shape(xId), lowering.shape(filterId), node.attributes);
    const x = lowering.value(xId);
    const filter = lowering.value(filterId);
    if (isBetterAsProduct(sizes)) return productForward(lowering, x, filter, sizes);
    const padded = padAround(lowering, x, sizes);
    if (isDepthwise(sizes) && sizes.dilation.every((step) => step === 1)) {
      return lowering.kernel('DepthwiseConv2dNative', [padded, byChannel(lowering, filter, sizes)], kernelOf(sizes));
    }
    return lowering.kernel('Conv2D', [padded, filter], kernelOf(sizes));
  },

  conv2d_grad_input: (node, lowering) => {
    const [dyId, filterId] = node.inputs;
    const sizes = convolutionSizes(node.attributes.inputShape, lowering.shape(filterId), node.attributes);
    const dy = lowering.value(dyId);
    const filter = lowering.value(filterId);
    if (isBetterAsProduct(sizes)) return productInputGradient(lowering, dy, filter, sizes);
    if (sizes.dilation.some((step) => step > 1)) return dilatedInputGradient(lowering, dy, filter, sizes);
    const { before, x } = sizes;
    return lowering.slice(inputGradient(lowering, dy, filter, sizes), paddedShape(sizes), [0, ...before, 0], x);
  },

  conv2d_grad_filter: (node, lowering) => {
    const [xId, dyId] = node.inputs;
    const sizes = convolutionSizes(lowering.shape(xId), node.attributes.filterShape, node.attributes);
    const x = lowering.value(xId);
    const dy = lowering.value(dyId);
    if (isBetterAsProduct(sizes)) return productFilterGradient(lowering, x, dy, sizes);
    if (sizes.dilation.some((step) => step > 1)) return dilatedFilterGradient(lowering, x, dy, sizes);
    return filterGradient(lowering, padAround(lowering, x, sizes), dy, sizes);
  },
};

function kernelOf({ stride, dilation, padding }: ConvolutionSizes): TensorflowAttributes {
  return {
    strides: ints([1, ...stride, 1]),
    dilations: ints([1, ...dilation, 1]),
    padding: text(padding),
    data_format: text('NHWC'),
  };
}

function padAround(lowering: Lowering, x: TensorName, { before, after }: ConvolutionSizes): TensorName {
  return lowering.pad(x, [0, ...before, 0], [0, ...after, 0]);
}

function paddedShape({ x, before, after }: ConvolutionSizes): Shape {
  const [batch = 1, height = 1, width = 1, channels = 1] = x;
  return [batch, height + before[0] + after[0], width + before[1] + after[1], channels];
}

// ── groups ───────────────────────────────────────────────────────────

/** One channel a group, and the one stride that TensorFlow's depthwise kernels know. */
function isDepthwise({ filter, groups, stride }: ConvolutionSizes): boolean {
  return groups > 1 && filter[2] === 1 && stride[0] === stride[1];
}

/** Depthwise filters are `[height, width, channels, outputs of a channel]` there. */
function byChannel(lowering: Lowering, filter: TensorName, sizes: ConvolutionSizes): TensorName {
  return lowering.reshape(filter, sizes.filter, channelFilter(sizes));
}

function channelFilter({ filter, groups }: ConvolutionSizes): Shape {
  const [height = 1, width = 1, , outputs = 1] = filter;
  return [height, width, groups, outputs / groups];
}

/** The gradient of the padded x, without dilation. */
function inputGradient(lowering: Lowering, dy: TensorName, filter: TensorName, sizes: ConvolutionSizes): TensorName {
  const shape = paddedShape(sizes);
  if (isDepthwise(sizes)) {
    const operands = [lowering.writer.int32s(shape), byChannel(lowering, filter, sizes), dy];
    return lowering.kernel('DepthwiseConv2dNativeBackpropInput', operands, kernelOf(sizes));
  }
  const parts = groupsOf(sizes).map((group) => {
    const own = lowering.slice(filter, sizes.filter, [0, 0, 0, group.firstOutput], group.filter);
    const operands = [lowering.writer.int32s(group.padded), own, group.outputsOf(lowering, dy)];
    return lowering.kernel('Conv2DBackpropInput', operands, kernelOf(sizes));
  });
  return lowering.concat(parts, 3);
}

/** The gradient of the filter, given the padded x, without dilation. */
function filterGradient(lowering: Lowering, padded: TensorName, dy: TensorName, sizes: ConvolutionSizes): TensorName {
  if (isDepthwise(sizes)) {
    const operands = [padded, lowering.writer.int32s(channelFilter(sizes)), dy];
    const gradient = lowering.kernel('DepthwiseConv2dNativeBackpropFilter', operands, kernelOf(sizes));
    return lowering.reshape(gradient, channelFilter(sizes), sizes.filter);
  }
  const parts = groupsOf(sizes).map((group) => {
    const own = lowering.slice(padded, paddedShape(sizes), [0, 0, 0, group.firstChannel], group.padded);
    const operands = [own, lowering.writer.int32s(group.filter), group.outputsOf(lowering, dy)];
    return lowering.kernel('Conv2DBackpropFilter', operands, kernelOf(sizes));
  });
  return lowering.concat(parts, 3);
}

interface Group {
  readonly firstChannel: number;
  readonly firstOutput: number;
  readonly padded: Shape;
  readonly filter: Shape;
  readonly outputsOf: (lowering: Lowering, dy: TensorName) => TensorName;
}

function groupsOf(sizes: ConvolutionSizes): Group[] {
  const { filter, groups, y } = sizes;
  const [, , channels = 1, outputs = 1] = filter;
  const own = outputs / groups;
  return Array.from({ length: groups }, (_, at) => ({
    firstChannel: at * channels,
    firstOutput: at * own,
    padded: [...paddedShape(sizes).slice(0, 3), channels],
    filter: [...filter.slice(0, 3), own],
    outputsOf: (lowering, dy) => lowering.slice(dy, y, [0, 0, 0, at * own], [...y.slice(0, 3), own]),
  }));
}

// ── dilation ─────────────────────────────────────────────────────────

/**
 * A dilated convolution as plain ones: pixel (i, j) of the padded image is pixel (⌊i/d⌋, ⌊j/d⌋) of image (i mod d, j mod d), on which
 * taps are neighbours. Results are taken at every position, whatever the stride.
 */
interface Dealt {
  /** The convolution over the dealt-out images: stride 1, nothing dilated, padding in the images. */
  readonly sizes: ConvolutionSizes;
  /** What is put around x so that it deals out evenly. */
  readonly before: Pair;
  readonly after: Pair;
  /** Positions, in the padded image, that have a result. */
  readonly results: Pair;
}

function dealOut(sizes: ConvolutionSizes): Dealt {
  const [batch = 1, height = 1, width = 1, channels = 1] = sizes.x;
  const [tapRows = 1, tapColumns = 1, , outputs = 1] = sizes.filter;
  const { dilation } = sizes;
  // SAME is of no use on the dealt-out images: its zeros are made explicit.
  const before = ([0, 1] as const).map((axis) => explicitBefore(sizes, axis)) as unknown as Pair;
  const whole = ([0, 1] as const).map((axis) => {
    const extent = axis === 0 ? height : width;
    const taps = axis === 0 ? tapRows : tapColumns;
    const rows = axis === 0 ? sizes.y[1] : sizes.y[2];
    const last = ((rows ?? 1) - 1) * sizes.stride[axis] + (taps - 1) * dilation[axis] + 1;
    return Math.ceil(Math.max(before[axis] + extent, last) / dilation[axis]) * dilation[axis];
  }) as unknown as Pair;
  const cells = [whole[0] / dilation[0], whole[1] / dilation[1]] as const;
  const images = batch * dilation[0] * dilation[1];
  const x = [images, ...cells, channels];
  const y = [images, cells[0] - tapRows + 1, cells[1] - tapColumns + 1, outputs];
  return {
    sizes: { ...sizes, padding: 'VALID', before: [0, 0], after: [0, 0], x, y, stride: [1, 1], dilation: [1, 1] },
    before,
    after: [whole[0] - before[0] - height, whole[1] - before[1] - width],
    results: [(cells[0] - tapRows + 1) * dilation[0], (cells[1] - tapColumns + 1) * dilation[1]],
  };
}

function explicitBefore({ padding, before, x, y, filter, stride, dilation }: ConvolutionSizes, axis: 0 | 1): number {
  if (padding === 'VALID') return before[axis];
  const reach = ((filter[axis] ?? 1) - 1) * dilation[axis] + 1;
  return Math.floor(Math.max(0, ((y[axis + 1] ?? 1) - 1) * stride[axis] + reach - (x[axis + 1] ?? 1)) / 2);
}

function dilatedInputGradient(
  lowering: Lowering,
  dy: TensorName,
  filter: TensorName,
  sizes: ConvolutionSizes,
): TensorName {
  const dealt = dealOut(sizes);
  const gradient = inputGradient(lowering, dealtResults(lowering, dy, sizes, dealt), filter, dealt.sizes);
  return lowering.kernel('BatchToSpaceND', [
    gradient,
    lowering.writer.int32s(sizes.dilation),
    margins(lowering, dealt.before, dealt.after),
  ]);
}

function dilatedFilterGradient(lowering: Lowering, x: TensorName, dy: TensorName, sizes: ConvolutionSizes): TensorName {
  const dealt = dealOut(sizes);
  const images = spaceToBatch(lowering, x, sizes.dilation, dealt.before, dealt.after);
  return filterGradient(lowering, images, dealtResults(lowering, dy, sizes, dealt), dealt.sizes);
}

/** dy at the positions it belongs to, zeros between and after, dealt out. */
function dealtResults(
  lowering: Lowering,
  dy: TensorName,
  { y, stride, dilation }: ConvolutionSizes,
  dealt: Dealt,
): TensorName {
  const [batch = 1, rows = 1, columns = 1, outputs = 1] = y;
  const { results } = dealt;
  const apart = lowering.pad(
    lowering.reshape(dy, y, [batch, rows, 1, columns, 1, outputs]),
    [0, 0, 0, 0, 0, 0],
    [0, 0, stride[0] - 1, 0, stride[1] - 1, 0],
  );
  const spread = [batch, rows * stride[0], columns * stride[1], outputs];
  const joined = stride[0] * stride[1] === 1 ? dy : lowering.reshape(apart, [], spread);
  const fitting = [batch, Math.min(spread[1] ?? 1, results[0]), Math.min(spread[2] ?? 1, results[1]), outputs];
  const fitted = lowering.slice(joined, spread, [0, 0, 0, 0], fitting);
  const rest = [results[0] - (fitting[1] ?? 0), results[1] - (fitting[2] ?? 0)] as const;
  return spaceToBatch(lowering, fitted, dilation, [0, 0], rest);
}

function spaceToBatch(lowering: Lowering, x: TensorName, block: Pair, before: Pair, after: Pair): TensorName {
  return lowering.kernel('SpaceToBatchND', [x, lowering.writer.int32s(block), margins(lowering, before, after)]);
}

function margins(lowering: Lowering, before: Pair, after: Pair): TensorName {
  return lowering.writer.constant('i32', [2, 2], [before[0], after[0], before[1], after[1]]);
}
