import type { GraphNode } from '../../../../ir/graph.ts';
import type { OpName } from '../../../../ir/ops.ts';
import { sameShape } from '../../../../types/dtype.ts';
import type { TensorName } from '../graph-writer.ts';
import type { Lowering, LoweringRules } from '../lowering.ts';
import type { OperationName } from '../operations.ts';
import { biasedProduct } from './linear.ts';

type Rule = (node: GraphNode, lowering: Lowering) => TensorName;

/** Ops that TensorFlow has under one name, repeating extents of 1 as ours do. */
function same(op: OperationName): Rule {
  return (node, lowering) => lowering.writer.node(op, lowering.elementwiseOperands(node));
}

export const elementwiseRules: LoweringRules<Elementwise> = {
  neg: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  abs: same('Abs'),
  sign: same('Sign'),
  sin: same('Sin'),
  cos: same('Cos'),
  acos: same('Acos'),
  tanh: same('Tanh'),
  sigmoid: same('Sigmoid'),
  softplus: same('Softplus'),
  relu: same('Relu'),
  erf: same('Erf'),
  floor: same('Floor'),
  ceil: same('Ceil'),
  round: same('Round'),
  not: same('LogicalNot'),
  // ((erf(x / √2) + 1) · ½) · x: written in this order TensorFlow fuses it with the product and bias before (GeluExact).
  gelu: (node, lowering) => {
    const x = lowering.value(node.inputs[0]);
    const error = lowering.writer.node('Erf', [lowering.mul(x, lowering.number(Math.SQRT1_2))]);
    const cumulative = lowering.mul(lowering.add(error, lowering.number(1)), lowering.number(0.5));
    return lowering.mul(cumulative, x);
  },
  cast: (node, lowering) => lowering.cast(lowering.value(node.inputs[0]), node.attributes.dtype),
  stop: (node, lowering) => lowering.value(node.inputs[0]),

  add: (node, lowering) => biasedProduct(node, lowering) ?? same('AddV2')(node, lowering),
  sub: same('Sub'),
  mul: (node, lowering) => reluGradient(node, lowering) ?? same('Mul')(node, lowering),
  div: (node, lowering) => same(node.type.dtype === 'i32' ? 'TruncateDiv' : 'RealDiv')(node, lowering),
  pow: same('Pow'),
  max: same('Maximum'),
  min: same('Minimum'),
  atan2: same('Atan2'),
  eq: same('Equal'),
  ne: same('NotEqual'),
  lt: same('Less'),
  le: same('LessEqual'),
  gt: same('Greater'),
  ge: same('GreaterEqual'),
  and: same('LogicalAnd'),
  or: same('LogicalOr'),
  select: same('SelectV2'),
};

type Elementwise = Extract<
  OpName,
  | ('neg' | 'exp' | 'log' | 'sqrt' | 'abs' | 'sign' | 'sin' | 'cos' | 'acos' | 'tanh' | 'sigmoid' | 'softplus')
  | ('relu' | 'erf' | 'floor' | 'ceil' | 'round' | 'not' | 'gelu' | 'cast' | 'stop')
  | ('add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'atan2' | 'select')
  | ('eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'and' | 'or')
>;

/** `dy · sign(relu(x))` is one kernel: dy where relu(x) > 0, else 0. */
function reluGradient(node: GraphNode, lowering: Lowering): TensorName | undefined {
  const [left, right] = node.inputs;
  for (const [mask, gradient] of [
    [right, left],
    [left, right],
  ] as const) {
    const sign = lowering.node(mask);
    const relu = lowering.node(sign.inputs[0] ?? mask);
    if (sign.op !== 'sign' || relu.op !== 'relu' || sign.type.dtype !== 'f32') continue;
    if (!sameShape(lowering.shape(gradient), relu.type.shape)) continue;
    return lowering.writer.node('ReluGrad', [lowering.value(gradient), lowering.value(relu.id)]);
  }
  return undefined;
}
