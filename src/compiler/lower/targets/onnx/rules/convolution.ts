import type { OpAttributes } from '../../../../ir/ops.ts';
import type { Shape } from '../../../../types/dtype.ts';
import type { Lowering, LoweringRules } from '../lowering.ts';
import { int, type OnnxName } from '../onnx-writer.ts';
import { windowsAlong } from '../../../window-axis.ts';
import { columnsOf, gatherPhases, shiftedColumns, windowsOf, type Windows } from '../windows.ts';
import { gemm } from './linear.ts';

/**
 * A convolution is one matrix product over the whole batch: each window's taps side by side (im2col) times the filter as a
 * matrix `[taps · c, o]`. Measured faster than onnxruntime's own Conv, which works image by image, and the columns serve
 * the filter's gradient again (the writer shares equal nodes). With groups the product is batched over them.
 */
export const convolutionRules: LoweringRules<'conv2d' | 'conv2d_grad_input' | 'conv2d_grad_filter'> = {
  conv2d: (node, lowering) => {
    const [xId, filterId] = node.inputs;
    const sizes = convolutionSizes(lowering.shape(xId), lowering.shape(filterId), node.attributes);
    const columns = im2col(lowering, lowering.value(xId), sizes);
    const filter = lowering.value(filterId);
    const { groups, groupOutputs, rows } = sizes;
    if (groups === 1) {
      const product = gemm(lowering, [columns, filterMatrix(lowering, filter, sizes)], false, false);
      return lowering.reshape(product, [rows, groupOutputs], node.type.shape);
    }
    const product = lowering.writer.node('MatMul', [columns, filterByGroup(lowering, filter, sizes)]);
    return lowering.reshape(lowering.transpose(product, [1, 0, 2]), [], node.type.shape);
  },

  // dF = columnsᵀ × dy
  conv2d_grad_filter: (node, lowering) => {
    const [xId, dyId] = node.inputs;
    const { filterShape } = node.attributes;
    const sizes = convolutionSizes(lowering.shape(xId), filterShape, node.attributes);
    const columns = im2col(lowering, lowering.value(xId), sizes);
    const dy = lowering.value(dyId);
    const { groups, taps, groupChannels, groupOutputs, rows } = sizes;
    if (groups === 1) {
      const matrix = lowering.reshape(dy, lowering.shape(dyId), [rows, groupOutputs]);
      const product = gemm(lowering, [columns, matrix], true, false);
      return filterOf(lowering, product, sizes);
    }
    const byGroup = lowering.transpose(lowering.reshape(dy, [], [rows, groups, groupOutputs]), [1, 0, 2]);
    const product = lowering.writer.node('MatMul', [lowering.transpose(columns, [0, 2, 1]), byGroup]);
    const split = lowering.reshape(product, [], [groups, taps, groupChannels, groupOutputs]);
    return lowering.reshape(lowering.transpose(split, [1, 2, 0, 3]), [], filterShape);
  },

  // Each phase of x is a plain convolution of dy with the taps that reach it, filters transposed.
  conv2d_grad_input: (node, lowering) => {
    const [dyId, filterId] = node.inputs;
    const { inputShape } = node.attributes;
    const sizes = convolutionSizes(inputShape, lowering.shape(filterId), node.attributes);
    const { windows, groups, taps: tapCount, groupChannels, groupOutputs } = sizes;
    const outputs = groups * groupOutputs;
    const dy = lowering.value(dyId);
    const filter = lowering.value(filterId);
    // [taps, o, c], with groups [groups, taps, o, c]. Three axes: on four, onnxruntime takes ten times as long.
    const transposed =
      groups === 1
        ? lowering.transpose(lowering.reshape(filter, [], [tapCount, groupChannels, outputs]), [0, 2, 1])
        : lowering.transpose(
            lowering.reshape(filter, [], [tapCount, groupChannels, groups, groupOutputs]),
            [2, 0, 3, 1],
          );
    return gatherPhases(lowering, windows, (phase) => {
      const { taps, count } = phase;
      const cells = count[0] * count[1];
      const rows = windows.batch * cells;
      const columns = shiftedColumns(lowering, dy, windows, outputs, phase);
      const chosen =
        taps.length === tapCount
          ? transposed
          : lowering.writer.node(
              'Gather',
              [
                transposed,
                lowering.writer.constant(
                  'i32',
                  [taps.length],
                  taps.map(({ tap }) => tap),
                ),
              ],
              [int('axis', groups === 1 ? 0 : 1)],
            );
      const inner = taps.length * groupOutputs;
      const shape = [windows.batch, cells, groups * groupChannels];
      if (groups === 1) {
        const matrix = lowering.reshape(columns, [], [rows, inner]);
        const weights = lowering.reshape(chosen, [], [inner, groupChannels]);
        return lowering.reshape(gemm(lowering, [matrix, weights], false, false), [], shape);
      }
      const byGroup = splitGroups(lowering, columns, rows, taps.length, groups, groupOutputs);
      const weights = lowering.reshape(chosen, [], [groups, inner, groupChannels]);
      const product = lowering.writer.node('MatMul', [byGroup, weights]);
      return lowering.reshape(lowering.transpose(product, [1, 0, 2]), [], shape);
    });
  },
};

interface ConvolutionSizes {
  readonly windows: Windows;
  readonly filterShape: Shape;
  readonly groups: number;
  readonly taps: number;
  readonly groupChannels: number;
  readonly groupOutputs: number;
  /** Windows of the whole batch. */
  readonly rows: number;
  /** Where columns are taken from wider pixels. */
  readonly wide: WideWindows | undefined;
}

function convolutionSizes(xShape: Shape, filterShape: Shape, attributes: OpAttributes['conv2d']): ConvolutionSizes {
  const { stride, padding, dilation, groups } = attributes;
  const [height = 1, width = 1, groupChannels = 1, outputs = 1] = filterShape;
  const windows = windowsOf(xShape, [height, width], stride, padding, dilation);
  return {
    windows,
    filterShape,
    groups,
    taps: height * width,
    groupChannels,
    groupOutputs: outputs / groups,
    rows: windows.batch * windowsAlong(windows.height) * windowsAlong(windows.width),
    wide: groups === 1 ? wideWindows(windows) : undefined,
  };
}

/** `[rows, taps · c]` (taps as in `filterMatrix`), or `[groups, rows, taps · c / groups]`. */
function im2col(lowering: Lowering, x: OnnxName, sizes: ConvolutionSizes): OnnxName {
  const { windows, groups, taps, groupChannels, rows, wide } = sizes;
  if (wide !== undefined) {
    const { batch, channels, height, width } = windows;
    const paddedWidth = wide.windows.width.extent * width.stride;
    const before = [0, height.before, width.before, 0];
    const after = [0, height.after, paddedWidth - width.extent - width.before, 0];
    const padded = lowering.pad(x, before, after, lowering.writer.scalar('f32', 0));
    const pixels = [batch, wide.windows.height.extent, wide.windows.width.extent, width.stride * channels];
    const columns = columnsOf(lowering, lowering.reshape(padded, [], pixels), wide.windows);
    return lowering.reshape(columns, [], [rows, windows.height.taps * wide.taps * channels]);
  }
  const columns = columnsOf(lowering, x, windows);
  if (groups === 1) return lowering.reshape(columns, [], [rows, taps * groupChannels]);
  return splitGroups(lowering, columns, rows, taps, groups, groupChannels);
}

/** Few channels make short copies. Below this many, a stride along the width joins pixels into wider ones. */
const fewChannels = 16;

/** Windows over pixels of `stride` neighbours each, which they then take one by one; their width is rounded up to whole ones. */
interface WideWindows {
  readonly windows: Windows;
  /** Taps along the width, the added ones (where the filter is zero) included. */
  readonly taps: number;
}

function wideWindows(windows: Windows): WideWindows | undefined {
  const { channels, height, width } = windows;
  const { taps, stride, dilation, before, extent } = width;
  if (stride === 1 || dilation !== 1 || taps === 1 || channels >= fewChannels) return undefined;
  const wideTaps = Math.ceil(taps / stride);
  const wideExtent = windowsAlong(width) - 1 + wideTaps;
  if (wideExtent * stride < extent + before) return undefined;
  const paddedHeight = height.extent + height.before + height.after;
  return {
    taps: wideTaps * stride,
    windows: {
      ...windows,
      channels: stride * channels,
      height: { ...height, extent: paddedHeight, before: 0, after: 0 },
      width: { extent: wideExtent, taps: wideTaps, stride: 1, dilation: 1, before: 0, after: 0 },
    },
  };
}

/** The filter as `[taps · c, o]`, the taps those of the columns. */
function filterMatrix(lowering: Lowering, filter: OnnxName, sizes: ConvolutionSizes): OnnxName {
  const { filterShape, wide, groupChannels, groupOutputs } = sizes;
  const [height = 1, width = 1] = filterShape;
  const taps = wide?.taps ?? width;
  const padded = lowering.pad(filter, [0, 0, 0, 0], [0, taps - width, 0, 0], lowering.writer.scalar('f32', 0));
  return lowering.reshape(padded, filterShape, [height * taps * groupChannels, groupOutputs]);
}

/** Back from `[taps · c, o]` to the filter's shape. */
function filterOf(lowering: Lowering, matrix: OnnxName, sizes: ConvolutionSizes): OnnxName {
  const { filterShape, wide, groupChannels, groupOutputs } = sizes;
  const [height = 1, width = 1] = filterShape;
  const shape = [height, wide?.taps ?? width, groupChannels, groupOutputs];
  return lowering.slice(lowering.reshape(matrix, [], shape), shape, [0, 0, 0, 0], filterShape);
}

/** `[…, taps · groups · size]` → `[groups, rows, taps · size]`. */
function splitGroups(
  lowering: Lowering,
  columns: OnnxName,
  rows: number,
  taps: number,
  groups: number,
  size: number,
): OnnxName {
  const split = lowering.reshape(columns, [], [rows, taps, groups, size]);
  return lowering.reshape(lowering.transpose(split, [2, 0, 1, 3]), [], [groups, rows, taps * size]);
}

/** `[groups, taps · c, o]`. */
function filterByGroup(lowering: Lowering, filter: OnnxName, sizes: ConvolutionSizes): OnnxName {
  const { groups, taps, groupChannels, groupOutputs } = sizes;
  const split = lowering.reshape(filter, [], [taps, groupChannels, groups, groupOutputs]);
  return lowering.reshape(lowering.transpose(split, [2, 0, 1, 3]), [], [groups, taps * groupChannels, groupOutputs]);
}
