import { evaluateOp } from '../ir/evaluate.ts';
import { opFamily } from '../ir/families.ts';
import { inferType } from '../ir/infer.ts';
import type { GraphNode } from '../ir/graph.ts';
import type { OpName } from '../ir/ops.ts';
import type { Simplify } from '../ir/rewrite.ts';
import { tensorOf, type TensorData } from '../ir/tensor-data.ts';
import { elementCount, rowMajorStrides, type Shape } from '../types/dtype.ts';

/** More elements than this are left to the engine: a table in the program is larger than the op that makes it. */
const largestFolded = 16_384;

/**
 * An op of constants is a constant: the reference computes it. Values keep double precision, so what is folded is rounded once,
 * where it meets the engine.
 */
export const foldConstants: Simplify = (candidate, builder) => {
  if (candidate.op === 'constant') {
    // All values equal: written once, so that other rules see it.
    const { dtype, shape, values } = candidate.attributes;
    const [first] = values;
    if (values.length <= 1 || !values.every((value) => Object.is(value, first))) return undefined;
    return builder.add('constant', [], { dtype, shape, values: values.slice(0, 1) });
  }
  if (candidate.inputs.length === 0 || candidate.op === 'stop') return undefined;
  const operands = candidate.inputs.map((input) => builder.node(input));
  if (!operands.every(isKnown)) return undefined;
  const type = inferType<OpName>(
    candidate.op,
    operands.map((operand) => operand.type),
    candidate.attributes,
  );
  if (opFamily(candidate.op) === 'elementwise' && operands.every(isUniform)) {
    // One value stands for all, whatever their number.
    const scalars = operands.map((operand) => valueOf(operand, []));
    const scalar = evaluateOp<OpName>(candidate.op, scalars, candidate.attributes, { ...type, shape: [] }, 'f64');
    return builder.add('constant', [], { ...type, values: [...scalar.data] });
  }
  const shapes = [type.shape, ...operands.map((operand) => operand.type.shape)];
  if (shapes.some((shape) => elementCount(shape) > largestFolded)) return undefined;
  const values = operands.map((operand) => valueOf(operand, operand.type.shape));
  const result = evaluateOp<OpName>(candidate.op, values, candidate.attributes, type, 'f64');
  return builder.add('constant', [], { ...type, values: [...result.data] });
};

function isKnown(node: GraphNode): boolean {
  return node.op === 'constant' || node.op === 'iota';
}

function isUniform(node: GraphNode): boolean {
  return node.op === 'constant' && node.attributes.values.length === 1;
}

function valueOf(node: GraphNode, shape: Shape): TensorData {
  if (node.op === 'constant') return tensorOf(node.type.dtype, shape, node.attributes.values, 'f64');
  const axis = node.op === 'iota' ? node.attributes.axis : 0;
  const stride = rowMajorStrides(shape)[axis] ?? 1;
  const extent = shape[axis] ?? 1;
  const values = Array.from({ length: elementCount(shape) }, (_, at) => Math.floor(at / stride) % extent);
  return tensorOf('i32', shape, values, 'f64');
}
