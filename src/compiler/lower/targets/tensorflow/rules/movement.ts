import type { LoweringRules } from '../lowering.ts';

export const movementRules: LoweringRules<
  'input' | 'constant' | 'iota' | 'reshape' | 'transpose' | 'broadcast' | 'slice' | 'pad' | 'concat' | 'reverse'
> = {
  input: (node, lowering) => lowering.input(node),
  constant: ({ attributes: { dtype, shape, values } }, lowering) => {
    const [value = 0] = values;
    // A large fill stays one number in the file.
    if (values.length === 1 && shape.length > 0) {
      return lowering.writer.node('Fill', [lowering.writer.int32s(shape), lowering.writer.scalar(dtype, value)]);
    }
    return lowering.writer.constant(dtype, shape, values);
  },
  iota: ({ attributes: { shape, axis } }, lowering) => {
    const extent = shape[axis] ?? 1;
    const own = shape.map((_, at) => (at === axis ? extent : 1));
    const values = Array.from({ length: extent }, (_, at) => at);
    return lowering.expand(lowering.writer.constant('i32', own, values), own, shape);
  },
  reshape: (node, lowering) => {
    const [x] = node.inputs;
    return lowering.reshape(lowering.value(x), lowering.shape(x), node.type.shape);
  },
  transpose: (node, lowering) => lowering.transpose(lowering.value(node.inputs[0]), node.attributes.permutation),
  broadcast: (node, lowering) => {
    const [x] = node.inputs;
    return lowering.expand(lowering.value(x), lowering.shape(x), node.type.shape);
  },
  slice: (node, lowering) => {
    const [x] = node.inputs;
    const { starts, sizes } = node.attributes;
    return lowering.slice(lowering.value(x), lowering.shape(x), starts, sizes);
  },
  pad: (node, lowering) => {
    const { before, after, value } = node.attributes;
    return lowering.pad(lowering.value(node.inputs[0]), before, after, value);
  },
  concat: (node, lowering) => lowering.concat(lowering.operands(node), node.attributes.axis),
  reverse: (node, lowering) => {
    const x = lowering.value(node.inputs[0]);
    const { axes } = node.attributes;
    return axes.length === 0 ? x : lowering.writer.node('ReverseV2', [x, lowering.writer.int32s(axes)]);
  },
};
