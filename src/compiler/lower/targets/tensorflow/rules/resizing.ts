import { resizeTaps } from '../../../../ir/evaluate-images.ts';
import type { OpAttributes } from '../../../../ir/ops.ts';
import { flag, type TensorName } from '../graph-writer.ts';
import type { Lowering, LoweringRules } from '../lowering.ts';

type Images = readonly [number, number, number, number];

/**
 * Linear resizing is TensorFlow's own. Its cubic kernel has a = −0.5, and its nearest one rounds places in float32, so that both are
 * written here: cubic as products with constant matrices, `R_h x R_wᵀ`, nearest by constant indices.
 */
export const resizingRules: LoweringRules<'resize' | 'resize_grad'> = {
  resize: (node, lowering) => {
    const { height, width, method } = node.attributes;
    const x = lowering.value(node.inputs[0]);
    const [batch = 1, rows = 1, columns = 1, channels = 1] = lowering.shape(node.inputs[0]);
    if (method === 'linear') {
      return lowering.kernel('ResizeBilinear', [x, lowering.writer.int32s([height, width])], halfPixels);
    }
    if (method === 'nearest') {
      return pick(lowering, pick(lowering, x, rows, height, 1), columns, width, 2);
    }
    const vertical = interpolation(lowering, rows, height, method, false);
    const horizontal = interpolation(lowering, columns, width, method, false);
    return separable(lowering, x, [batch, rows, columns, channels], vertical, horizontal, height, width);
  },
  resize_grad: (node, lowering) => {
    const { height, width, method, inputShape } = node.attributes;
    const dy = lowering.value(node.inputs[0]);
    const [batch = 1, rows = 1, columns = 1, channels = 1] = inputShape;
    if (method === 'linear') {
      // The kernel asks the original image for its extents alone.
      const image = lowering.expand(lowering.number(0), [], inputShape);
      return lowering.kernel('ResizeBilinearGrad', [dy, image], halfPixels);
    }
    const vertical = interpolation(lowering, rows, height, method, true);
    const horizontal = interpolation(lowering, columns, width, method, true);
    return separable(lowering, dy, [batch, height, width, channels], vertical, horizontal, rows, columns);
  },
};

const halfPixels = { align_corners: flag(false), half_pixel_centers: flag(true) };

/** Nearest along one axis. */
function pick(lowering: Lowering, x: TensorName, extent: number, size: number, axis: number): TensorName {
  const places = resizeTaps(extent, size, 'nearest').map(([tap]) => tap?.from ?? 0);
  if (size === extent && places.every((place, at) => place === at)) return x;
  return lowering.kernel('GatherV2', [x, lowering.writer.int32s(places), lowering.writer.scalar('i32', axis)]);
}

/** The matrix `[size, extent]` of weights, or its transpose. */
function interpolation(
  lowering: Lowering,
  extent: number,
  size: number,
  method: OpAttributes['resize']['method'],
  transposed: boolean,
): TensorName {
  const matrix = new Float32Array(size * extent);
  for (const [to, taps] of resizeTaps(extent, size, method).entries()) {
    for (const { from, weight } of taps) {
      const at = transposed ? from * size + to : to * extent + from;
      matrix[at] = (matrix[at] ?? 0) + weight;
    }
  }
  return lowering.writer.tensor('f32', transposed ? [extent, size] : [size, extent], matrix);
}

function separable(
  lowering: Lowering,
  x: TensorName,
  [batch, rows, columns, channels]: Images,
  vertical: TensorName,
  horizontal: TensorName,
  height: number,
  width: number,
): TensorName {
  const lines = lowering.reshape(x, [], [batch, rows, columns * channels]);
  const tall = lowering.kernel('BatchMatMulV2', [vertical, lines]);
  const pixels = lowering.reshape(tall, [], [batch * height, columns, channels]);
  const wide = lowering.kernel('BatchMatMulV2', [horizontal, pixels]);
  return lowering.reshape(wide, [], [batch, height, width, channels]);
}
