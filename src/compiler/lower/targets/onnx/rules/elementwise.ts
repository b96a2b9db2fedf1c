import type { GraphNode } from '../../../../ir/graph.ts';
import type { OpName } from '../../../../ir/ops.ts';
import type { Lowering, LoweringRules } from '../lowering.ts';
import type { OnnxName } from '../onnx-writer.ts';
import { biasedProduct } from './linear.ts';

type Rule = (node: GraphNode, lowering: Lowering) => OnnxName;

/** Ops that ONNX has under one name, repeating extents of 1 as ours do. */
function same(opType: string): Rule {
  return (node, lowering) => lowering.writer.node(opType, lowering.elementwiseOperands(node));
}

/** The negation of an op that ONNX has. */
function negated(opType: string): Rule {
  return (node, lowering) => lowering.writer.node('Not', [same(opType)(node, lowering)]);
}

export const elementwiseRules: LoweringRules<Elementwise> = {
  neg: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  abs: same('Abs'),
  sign: (node, lowering) => reluMask(node, lowering) ?? same('Sign')(node, lowering),
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
  not: same('Not'),
  gelu: same('Gelu'),
  cast: (node, lowering) => {
    const x = lowering.value(node.inputs[0]);
    return lowering.node(node.inputs[0]).type.dtype === node.attributes.dtype
      ? x
      : lowering.cast(x, node.attributes.dtype);
  },
  stop: (node, lowering) => lowering.value(node.inputs[0]),

  add: (node, lowering) => biasedProduct(node, lowering) ?? same('Add')(node, lowering),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  pow: same('Pow'),
  max: same('Max'),
  min: same('Min'),
  atan2,
  eq: same('Equal'),
  ne: negated('Equal'),
  lt: same('Less'),
  le: same('LessOrEqual'),
  gt: same('Greater'),
  ge: same('GreaterOrEqual'),
  and: same('And'),
  or: same('Or'),
  select: (node, lowering) => {
    const { writer } = lowering;
    const [condition = '', a = '', b = ''] = lowering.elementwiseOperands(node);
    if (node.type.dtype !== 'bool') return writer.node('Where', [condition, a, b]);
    // Where has no kernel for bool.
    const whenFalse = writer.node('And', [writer.node('Not', [condition]), b]);
    return writer.node('Or', [writer.node('And', [condition, a]), whenFalse]);
  },
};

type Elementwise = Extract<
  OpName,
  | ('neg' | 'exp' | 'log' | 'sqrt' | 'abs' | 'sign' | 'sin' | 'cos' | 'acos' | 'tanh' | 'sigmoid' | 'softplus')
  | ('relu' | 'erf' | 'floor' | 'ceil' | 'round' | 'not' | 'gelu' | 'cast' | 'stop')
  | ('add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'atan2' | 'select')
  | ('eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'and' | 'or')
>;

/**
 * ONNX has Atan alone. With t = atan(min / max of |y|, |x|), in [0, π/4]: the angle in the first quadrant is t or π/2 − t,
 * in the second π minus it, and it takes the sign of y. (0, 0) gives 0.
 */
function atan2(node: GraphNode, lowering: Lowering): OnnxName {
  const { writer } = lowering;
  const [y = '', x = ''] = lowering.elementwiseOperands(node);
  const scalar = (value: number): OnnxName => writer.scalar('f32', value);
  const zero = scalar(0);
  const absY = writer.node('Abs', [y]);
  const absX = writer.node('Abs', [x]);
  const larger = writer.node('Max', [absY, absX]);
  const smaller = writer.node('Min', [absY, absX]);
  const isOrigin = writer.node('Equal', [larger, zero]);
  const ratio = writer.node('Div', [smaller, writer.node('Where', [isOrigin, scalar(1), larger])]);
  const angle = writer.node('Atan', [ratio]);
  const isSteep = writer.node('Greater', [absY, absX]);
  const first = writer.node('Where', [isSteep, writer.node('Sub', [scalar(Math.PI / 2), angle]), angle]);
  const isLeft = writer.node('Less', [x, zero]);
  const upper = writer.node('Where', [isLeft, writer.node('Sub', [scalar(Math.PI), first]), first]);
  return writer.node('Where', [writer.node('Less', [y, zero]), writer.node('Neg', [upper]), upper]);
}

/** The sign of what is nowhere negative is whether it is 0: two casts run on all threads and take a third of Sign's time. */
function reluMask(node: GraphNode, lowering: Lowering): OnnxName | undefined {
  if (lowering.node(node.inputs[0]).op !== 'relu' || node.type.dtype !== 'f32') return undefined;
  return lowering.cast(lowering.cast(lowering.value(node.inputs[0]), 'bool'), 'f32');
}
