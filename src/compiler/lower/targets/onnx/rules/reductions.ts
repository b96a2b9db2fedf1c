import type { Lowering, LoweringRules, NodeOf } from '../lowering.ts';
import { int, type OnnxName } from '../onnx-writer.ts';

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

function topK(node: NodeOf<'top_k_values' | 'top_k_indices'>, lowering: Lowering): OnnxName[] {
  const operands = [lowering.value(node.inputs[0]), lowering.writer.int64s([node.attributes.k])];
  return lowering.writer.nodeWithResults('TopK', operands, [int('axis', -1)], [true, true]);
}
