import type { Lowering, LoweringRules, NodeOf } from '../lowering.ts';
import { float, int, type OnnxName } from '../onnx-writer.ts';

export const reductionRules: LoweringRules<
  | 'reduce_sum'
  | 'reduce_max'
  | 'reduce_min'
  | 'argmax'
  | 'cumsum'
  | 'softmax'
  | 'log_softmax'
  | 'moment_mean'
  | 'moment_rstd'
  | 'layer_norm'
  | 'batch_norm'
  | 'top_k_values'
  | 'top_k_indices'
> = {
  reduce_sum: (node, lowering) => reduction('ReduceSum', node, lowering),
  reduce_max: (node, lowering) => reduction('ReduceMax', node, lowering),
  reduce_min: (node, lowering) => reduction('ReduceMin', node, lowering),
  argmax: ({ inputs, attributes }, lowering) => {
    const indices = lowering.writer.node('ArgMax', lowering.operands({ inputs }), [
      int('axis', attributes.axis),
      int('keepdims', 0),
      int('select_last_index', 0),
    ]);
    return lowering.cast(indices, 'i32');
  },
  cumsum: ({ inputs, attributes }, lowering) =>
    lowering.writer.node(
      'CumSum',
      [lowering.value(inputs[0]), lowering.writer.scalar('i64', attributes.axis)],
      [int('exclusive', attributes.exclusive ? 1 : 0), int('reverse', attributes.reverse ? 1 : 0)],
    ),
  softmax: ({ inputs, attributes }, lowering) =>
    lowering.writer.node('Softmax', lowering.operands({ inputs }), [int('axis', attributes.axis)]),
  log_softmax: ({ inputs, attributes }, lowering) =>
    lowering.writer.node('LogSoftmax', lowering.operands({ inputs }), [int('axis', attributes.axis)]),

  moment_mean: (node, lowering) =>
    fromLayerNorm(node, lowering) ??
    lowering.reduce(
      'ReduceMean',
      lowering.value(node.inputs[0]),
      lowering.shape(node.inputs[0]),
      node.attributes.axes,
      true,
    ),
  moment_rstd: (node, lowering) => {
    const fromNorm = fromLayerNorm(node, lowering);
    if (fromNorm !== undefined) return fromNorm;
    const { writer } = lowering;
    const { axes, epsilon } = node.attributes;
    const x = lowering.value(node.inputs[0]);
    const shape = lowering.shape(node.inputs[0]);
    const centred = writer.node('Sub', [x, lowering.reduce('ReduceMean', x, shape, axes, true)]);
    const variance = lowering.reduce('ReduceMean', lowering.mul(centred, centred), shape, axes, true);
    return writer.node('Reciprocal', [writer.node('Sqrt', [lowering.add(variance, writer.scalar('f32', epsilon))])]);
  },
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
  // (x − mean) · (rstd · scale) + bias: centred before multiplying, else digits cancel.
  batch_norm: (node, lowering) => {
    const { writer } = lowering;
    const [x = '', mean = '', rstd = '', scale = '', bias = ''] = lowering.operands(node);
    return lowering.add(lowering.mul(writer.node('Sub', [x, mean]), lowering.mul(rstd, scale)), bias);
  },

  top_k_values: (node, lowering) => topK(node, lowering)[0] ?? '',
  top_k_indices: (node, lowering) => lowering.cast(topK(node, lowering)[1] ?? '', 'i32'),
};

function reduction(
  opType: 'ReduceSum' | 'ReduceMax' | 'ReduceMin',
  node: NodeOf<'reduce_sum' | 'reduce_max' | 'reduce_min'>,
  lowering: Lowering,
): OnnxName {
  const [x] = node.inputs;
  return lowering.reduce(opType, lowering.value(x), lowering.shape(x), node.attributes.axes, node.attributes.keep);
}

/** Writing the layer norm gives the moment its value. */
function fromLayerNorm(node: NodeOf<'moment_mean' | 'moment_rstd'>, lowering: Lowering): OnnxName | undefined {
  const norm = lowering.groups.moments.get(node.id);
  if (norm === undefined) return undefined;
  lowering.value(norm);
  return lowering.known(node.id);
}

function topK(node: NodeOf<'top_k_values' | 'top_k_indices'>, lowering: Lowering): OnnxName[] {
  const operands = [lowering.value(node.inputs[0]), lowering.writer.int64s([node.attributes.k])];
  return lowering.writer.nodeWithResults('TopK', operands, [int('axis', -1)], [true, true]);
}
