import { resizeTaps } from '../../../../ir/evaluate-images.ts';
import type { OpAttributes } from '../../../../ir/ops.ts';
import type { Lowering, LoweringRules } from '../lowering.ts';
import type { OnnxName } from '../onnx-writer.ts';

/**
 * Resizing is linear and works along height and width separately, so it is two products with constant matrices: `R_h x R_wᵀ`;
 * its gradient is the same with the matrices transposed. ONNX's own Resize has no gradient and is not the same in every build.
 */
export const resizingRules: LoweringRules<'resize' | 'resize_grad'> = {
  resize: (node, lowering) => {
    const { height, width, method } = node.attributes;
    const [batch = 1, rows = 1, columns = 1, channels = 1] = lowering.shape(node.inputs[0]);
    const x = lowering.value(node.inputs[0]);
    const vertical = interpolation(lowering, rows, height, method, false);
    const horizontal = interpolation(lowering, columns, width, method, false);
    return separable(lowering, x, [batch, rows, columns, channels], vertical, horizontal, height, width);
  },
  resize_grad: (node, lowering) => {
    const { height, width, method, inputShape } = node.attributes;
    const [batch = 1, rows = 1, columns = 1, channels = 1] = inputShape;
    const dy = lowering.value(node.inputs[0]);
    const vertical = interpolation(lowering, rows, height, method, true);
    const horizontal = interpolation(lowering, columns, width, method, true);
    return separable(lowering, dy, [batch, height, width, channels], vertical, horizontal, rows, columns);
  },
};

/** The matrix `[size, extent]` of weights, or its transpose. */
function interpolation(
  lowering: Lowering,
  extent: number,
  size: number,
  method: OpAttributes['resize']['method'],
  transposed: boolean,
): OnnxName {
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
  x: OnnxName,
  [batch, rows, columns, channels]: readonly [number, number, number, number],
  vertical: OnnxName,
  horizontal: OnnxName,
  height: number,
  width: number,
): OnnxName {
  const { writer } = lowering;
  const lines = lowering.reshape(x, [], [batch, rows, columns * channels]);
  const tall = writer.node('MatMul', [vertical, lines]);
  const wide = writer.node('MatMul', [horizontal, lowering.reshape(tall, [], [batch * height, columns, channels])]);
  return lowering.reshape(wide, [], [batch, height, width, channels]);
}
