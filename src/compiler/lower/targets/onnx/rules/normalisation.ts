import type { NodeId } from '../../../../ir/graph.ts';
import { elementCount } from '../../../../types/dtype.ts';
import type { Lowering, LoweringRules, NodeOf } from '../lowering.ts';
import { float, int, type OnnxName } from '../onnx-writer.ts';

/** Everything over the batch is centred before it is squared or multiplied, else digits cancel. */
export const normalisationRules: LoweringRules<
  | 'moment_mean'
  | 'moment_rstd'
  | 'layer_norm'
  | 'batch_norm'
  | 'batch_norm_training'
  | 'batch_norm_grad_input'
  | 'batch_norm_grad_scale'
> = {
  moment_mean: (node, lowering) =>
    fromLayerNorm(node, lowering) ?? meanOf(lowering, node.inputs[0] ?? 0, node.attributes.axes),
  moment_rstd: (node, lowering) =>
    fromLayerNorm(node, lowering) ??
    rstdOf(lowering, node.inputs[0] ?? 0, node.attributes.axes, node.attributes.epsilon),
  layer_norm: (node, lowering) => {
    const hasMoments = lowering.groups.normsWithMoments.has(node.id);
    const [result = '', mean = '', rstd = ''] = lowering.writer.nodeWithResults(
      'LayerNormalization',
      lowering.operands(node),
      [int('axis', -1), float('epsilon', node.attributes.epsilon)],
      hasMoments ? [true, true, true] : [true],
    );
    for (const [moment, norm] of lowering.groups.moments) {
      if (norm === node.id) lowering.setValue(moment, lowering.node(moment).op === 'moment_mean' ? mean : rstd);
    }
    return result;
  },
  // (x − mean) · (rstd · scale) + bias
  batch_norm: (node, lowering) => {
    const { writer } = lowering;
    const [x = '', mean = '', rstd = '', scale = '', bias = ''] = lowering.operands(node);
    return lowering.add(lowering.mul(writer.node('Sub', [x, mean]), lowering.mul(rstd, scale)), bias);
  },
  batch_norm_training: (node, lowering) => {
    const [x = 0, scale, bias] = node.inputs;
    const axes = leadingAxes(lowering, x);
    const factor = lowering.mul(rstdOf(lowering, x, axes, node.attributes.epsilon), lowering.value(scale));
    return lowering.add(lowering.mul(centred(lowering, x, axes), factor), lowering.value(bias));
  },
  // dx = s r (dy − mean dy − (x − μ) r² mean(dy (x − μ)))
  batch_norm_grad_input: (node, lowering) => {
    const { writer } = lowering;
    const [dyId = 0, x = 0, scale] = node.inputs;
    const axes = leadingAxes(lowering, x);
    const shape = lowering.shape(x);
    const dy = lowering.value(dyId);
    const rstd = rstdOf(lowering, x, axes, node.attributes.epsilon);
    const share = writer.scalar('f32', 1 / elementCount(shape.slice(0, -1)));
    const bias = lowering.mul(lowering.reduce('ReduceSum', dy, shape, axes, false), share);
    const along = lowering.mul(lowering.mul(crossSum(lowering, dyId, x, axes), share), lowering.mul(rstd, rstd));
    const rest = writer.node('Sub', [dy, lowering.mul(centred(lowering, x, axes), along)]);
    return lowering.mul(writer.node('Sub', [rest, bias]), lowering.mul(rstd, lowering.value(scale)));
  },
  batch_norm_grad_scale: (node, lowering) => {
    const [dy = 0, x = 0] = node.inputs;
    const axes = leadingAxes(lowering, x);
    const rstd = rstdOf(lowering, x, axes, node.attributes.epsilon);
    return lowering.mul(crossSum(lowering, dy, x, axes), lowering.reshape(rstd, [], node.type.shape));
  },
};

/** All but the last. */
function leadingAxes(lowering: Lowering, x: NodeId): number[] {
  return lowering
    .shape(x)
    .slice(0, -1)
    .map((_, axis) => axis);
}

function meanOf(lowering: Lowering, x: NodeId, axes: readonly number[]): OnnxName {
  return lowering.reduce('ReduceMean', lowering.value(x), lowering.shape(x), axes, true);
}

function centred(lowering: Lowering, x: NodeId, axes: readonly number[]): OnnxName {
  return lowering.writer.node('Sub', [lowering.value(x), meanOf(lowering, x, axes)]);
}

function rstdOf(lowering: Lowering, x: NodeId, axes: readonly number[], epsilon: number): OnnxName {
  const { writer } = lowering;
  const difference = centred(lowering, x, axes);
  const variance = lowering.reduce('ReduceMean', lowering.mul(difference, difference), lowering.shape(x), axes, true);
  return writer.node('Reciprocal', [writer.node('Sqrt', [lowering.add(variance, writer.scalar('f32', epsilon))])]);
}

/** Σ dy (x − μ) over the leading axes, `[channels]`. */
function crossSum(lowering: Lowering, dy: NodeId, x: NodeId, axes: readonly number[]): OnnxName {
  const product = lowering.mul(lowering.value(dy), centred(lowering, x, axes));
  return lowering.reduce('ReduceSum', product, lowering.shape(x), axes, false);
}

/** Writing the layer norm gives the moment its value. */
function fromLayerNorm(node: NodeOf<'moment_mean' | 'moment_rstd'>, lowering: Lowering): OnnxName | undefined {
  const norm = lowering.groups.moments.get(node.id);
  if (norm === undefined) return undefined;
  lowering.value(norm);
  return lowering.known(node.id);
}
