import { elementCount } from '../../../../types/dtype.ts';
import { flag, text, type as typeAttribute, type TensorName } from '../graph-writer.ts';
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
  reduce_sum: (node, lowering) =>
    fromGradient(node, lowering) ?? leadingSum(node, lowering) ?? reduction('Sum', node, lowering),
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

/** Below these BiasAddGrad is no faster than Sum. */
const fewRows = 16;
const fewColumns = 32;

/**
 * The sum of all rows of a matrix is what BiasAddGrad computes: measured up to ten times faster than Sum (2,048 x 1,024), and
 * TensorFlow fuses it with the product that gives the gradient of the weights.
 */
function leadingSum(node: NodeOf<'reduce_sum'>, lowering: Lowering): TensorName | undefined {
  const [xId] = node.inputs;
  const shape = lowering.shape(xId);
  const isSummed = shape.map((extent, axis) => extent === 1 || node.attributes.axes.includes(axis));
  const lead = isSummed.indexOf(false);
  const rows = elementCount(shape.slice(0, lead));
  const columns = elementCount(shape.slice(lead));
  const isLeading = lead > 0 && shape.every((extent, axis) => axis < lead || extent === 1 || !isSummed[axis]);
  if (node.type.dtype !== 'f32' || !isLeading || rows < fewRows || columns < fewColumns) return undefined;
  const matrix = lowering.reshape(lowering.value(xId), shape, [rows, columns]);
  const sums = lowering.writer.node('BiasAddGrad', [matrix], { data_format: text('NHWC') });
  return lowering.reshape(sums, [columns], node.type.shape);
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
