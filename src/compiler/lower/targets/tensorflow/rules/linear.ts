import type { GraphNode, NodeId } from '../../../../ir/graph.ts';
import { elementCount, type Shape } from '../../../../types/dtype.ts';
import { flag, text, type TensorName } from '../graph-writer.ts';
import type { Lowering, LoweringRules, NodeOf } from '../lowering.ts';

export const linearRules: LoweringRules<'matmul'> = {
  matmul: (node, lowering) => product(node, lowering, undefined, node.type.shape),
};

/** `add(matmul(a, b), bias)` as MatMul and BiasAdd, which TensorFlow fuses, where the graph has that shape. */
export function biasedProduct(node: GraphNode, lowering: Lowering): TensorName | undefined {
  const kernel = lowering.groups.linear.get(node.id);
  if (kernel === undefined) return undefined;
  const matmul = lowering.node(kernel.product);
  return matmul.op === 'matmul' ? product(matmul, lowering, kernel.bias, node.type.shape) : undefined;
}

/**
 * A product with a matrix on the right is one MatMul over all leading dimensions of the left; transposes are flags. No control
 * edges on these: they keep TensorFlow from fusing MatMul, BiasAdd and what follows.
 */
function product(node: NodeOf<'matmul'>, lowering: Lowering, bias: NodeId | undefined, shape: Shape): TensorName {
  const [aId, bId] = node.inputs;
  const { transposeA, transposeB } = node.attributes;
  const aShape = lowering.shape(aId);
  const bShape = lowering.shape(bId);
  const a = lowering.value(aId);
  const b = lowering.value(bId);
  if (bShape.length > 2) {
    return lowering.writer.node('BatchMatMulV2', [a, b], { adj_x: flag(transposeA), adj_y: flag(transposeB) });
  }
  const isMatrix = aShape.length === 2;
  const straight = transposeA && !isMatrix ? swapLastTwo(lowering, a, aShape.length) : a;
  const inner = (transposeB ? bShape[1] : bShape[0]) ?? 1;
  const rows = elementCount(aShape) / inner;
  const columns = node.type.shape.at(-1) ?? 1;
  const matrix = isMatrix
    ? straight
    : lowering.writer.node('Reshape', [straight, lowering.writer.int32s([rows, inner])]);
  const product = matmul(lowering, matrix, b, isMatrix && transposeA, transposeB);
  return lowering.reshape(biased(lowering, product, bias, columns), [rows, columns], shape);
}

function biased(lowering: Lowering, product: TensorName, bias: NodeId | undefined, columns: number): TensorName {
  if (bias === undefined) return product;
  const row = lowering.reshape(lowering.value(bias), lowering.shape(bias), [columns]);
  return lowering.writer.node('BiasAdd', [product, row], { data_format: text('NHWC') });
}

/** `op(a) × op(b)` of matrices. */
function matmul(lowering: Lowering, a: TensorName, b: TensorName, transposeA = false, transposeB = false): TensorName {
  return lowering.writer.node('MatMul', [a, b], { transpose_a: flag(transposeA), transpose_b: flag(transposeB) });
}

function swapLastTwo(lowering: Lowering, x: TensorName, rank: number): TensorName {
  const permutation = Array.from({ length: rank }, (_, axis) => axis);
  permutation.splice(rank - 2, 2, rank - 1, rank - 2);
  return lowering.transpose(x, permutation);
}
