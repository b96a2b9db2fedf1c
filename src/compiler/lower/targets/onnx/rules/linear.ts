import type { GraphNode, NodeId } from '../../../../ir/graph.ts';
import { elementCount, type Shape } from '../../../../types/dtype.ts';
import type { Lowering, LoweringRules, NodeOf } from '../lowering.ts';
import { int, type OnnxName } from '../onnx-writer.ts';

export const linearRules: LoweringRules<'matmul'> = {
  matmul: (node, lowering) => product(node, lowering, undefined, node.type.shape),
};

/** `add(matmul(a, b), bias)` as one Gemm, where the graph has that shape. */
export function biasedProduct(node: GraphNode, lowering: Lowering): OnnxName | undefined {
  const kernel = lowering.groups.linear.get(node.id);
  if (kernel === undefined) return undefined;
  const matmul = lowering.node(kernel.product);
  return matmul.op === 'matmul' ? product(matmul, lowering, kernel.bias, node.type.shape) : undefined;
}

/**
 * A product with a matrix on the right is one Gemm over all leading dimensions of the left, with the transposes as flags;
 * other transposes are nodes, which onnxruntime fuses into its own batched product.
 */
function product(node: NodeOf<'matmul'>, lowering: Lowering, bias: NodeId | undefined, shape: Shape): OnnxName {
  const [aId, bId] = node.inputs;
  const { transposeA, transposeB } = node.attributes;
  const aShape = lowering.shape(aId);
  const bShape = lowering.shape(bId);
  const a = lowering.value(aId);
  const b = lowering.value(bId);
  if (bShape.length > 2) {
    return lowering.writer.node('MatMul', [
      transposeA ? swapLastTwo(lowering, a, aShape.length) : a,
      transposeB ? swapLastTwo(lowering, b, bShape.length) : b,
    ]);
  }
  const isMatrix = aShape.length === 2;
  const straight = transposeA && !isMatrix ? swapLastTwo(lowering, a, aShape.length) : a;
  const inner = (transposeB ? bShape[1] : bShape[0]) ?? 1;
  const rows = elementCount(aShape) / inner;
  const columns = node.type.shape.at(-1) ?? 1;
  const matrix = isMatrix
    ? straight
    : lowering.writer.node('Reshape', [straight, lowering.writer.int64s([rows, inner])]);
  const row = bias === undefined ? [] : [lowering.reshape(lowering.value(bias), lowering.shape(bias), [columns])];
  const operands = [matrix, b, ...row];
  const result = gemm(lowering, operands, isMatrix && transposeA, transposeB);
  return lowering.reshape(result, [rows, columns], shape);
}

/** `op(a) × op(b) (+ c)` of matrices. */
export function gemm(
  lowering: Lowering,
  operands: readonly OnnxName[],
  transposeA: boolean,
  transposeB: boolean,
): OnnxName {
  const attributes = [...(transposeA ? [int('transA', 1)] : []), ...(transposeB ? [int('transB', 1)] : [])];
  return lowering.writer.node('Gemm', operands, attributes);
}

function swapLastTwo(lowering: Lowering, x: OnnxName, rank: number): OnnxName {
  const permutation = Array.from({ length: rank }, (_, axis) => axis);
  permutation.splice(rank - 2, 2, rank - 1, rank - 2);
  return lowering.transpose(x, permutation);
}
