import { flag, type as typeAttribute, type TensorName } from '../graph-writer.ts';
import type { Lowering, LoweringRules, NodeOf } from '../lowering.ts';
import { fromGradient } from './normalisation.ts';

export const reductionRules: LoweringRules<
  | 'reduce_sum'
  | 'reduce_max'
  | 'reduce_min'
  | 'argmax'
  | 'cumsum'
  | 'softmax'
  | 'log_softmax'
  | 'top_k_values'
  | 'top_k_indices'
> = {
  reduce_sum: (node, lowering) => fromGradient(node, lowering) ?? reduction('Sum', node, lowering),
  reduce_max: (node, lowering) => reduction('Max', node, lowering),
  reduce_min: (node, lowering) => reduction('Min', node, lowering),
  argmax: ({ inputs, attributes }, lowering) =>
    lowering.writer.node('ArgMax', [lowering.value(inputs[0]), lowering.writer.scalar('i32', attributes.axis)], {
      output_type: typeAttribute('i32'),
    }),
  cumsum: ({ inputs, attributes: { axis, exclusive, reverse } }, lowering) =>
    lowering.writer.node('Cumsum', [lowering.value(inputs[0]), lowering.writer.scalar('i32', axis)], {
      exclusive: flag(exclusive),
      reverse: flag(reverse),
    }),
  softmax: (node, lowering) => alongLastAxis('Softmax', node, lowering),
  log_softmax: (node, lowering) => alongLastAxis('LogSoftmax', node, lowering),
  top_k_values: (node, lowering) => topK(node, lowering)[0] ?? '',
  top_k_indices: (node, lowering) => topK(node, lowering)[1] ?? '',
};

function reduction(
  op: 'Sum' | 'Max' | 'Min',
  node: NodeOf<'reduce_sum' | 'reduce_max' | 'reduce_min'>,
  lowering: Lowering,
): TensorName {
  return lowering.reduce(op, lowering.value(node.inputs[0]), node.attributes.axes, node.attributes.keep);
}

/** TensorFlow has these along the last axis only. */
function alongLastAxis(
  op: 'Softmax' | 'LogSoftmax',
  node: NodeOf<'softmax' | 'log_softmax'>,
  lowering: Lowering,
): TensorName {
  const last = node.type.shape.length - 1;
  // Exchanges two axes: its own inverse.
  const exchange = node.type.shape.map((_, at) => (at === last ? node.attributes.axis : at));
  exchange[node.attributes.axis] = last;
  const x = lowering.transpose(lowering.value(node.inputs[0]), exchange);
  return lowering.transpose(lowering.writer.node(op, [x]), exchange);
}

/** The lower index first among equals, as TensorFlow documents. */
function topK(node: NodeOf<'top_k_values' | 'top_k_indices'>, lowering: Lowering): readonly TensorName[] {
  const operands = [lowering.value(node.inputs[0]), lowering.writer.scalar('i32', node.attributes.k)];
  return lowering.writer.nodeWithResults('TopKV2', operands, { sorted: flag(true) });
}
