import type { LoweringRules } from '../lowering.ts';

export const movementRules: LoweringRules<
  'input' | 'constant' | 'iota' | 'reshape' | 'transpose' | 'broadcast' | 'slice' | 'pad' | 'concat' | 'reverse'
> = {
  input: (node) => node.attributes.name,
  constant: ({ attributes: { dtype, shape, values } }, lowering) => {
    const [value = 0] = values;
    // A large fill stays one number in the file.
    if (values.length === 1 && shape.length > 0) {
      return lowering.expand(lowering.writer.scalar(dtype, value), [], shape);
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
    const ends = starts.map((start, axis) => start + (sizes[axis] ?? 0));
    return lowering.slice(lowering.value(x), lowering.shape(x), starts, ends);
  },
  pad: (node, lowering) => {
    const { before, after, value } = node.attributes;
    return lowering.pad(lowering.value(node.inputs[0]), before, after, lowering.writer.scalar(node.type.dtype, value));
  },
  concat: (node, lowering) => lowering.concat(lowering.operands(node), node.attributes.axis),
  reverse: (node, lowering) => {
    const [x] = node.inputs;
    const shape = lowering.shape(x);
    const isReversed = (axis: number): boolean => node.attributes.axes.includes(axis);
    // From the last position down to the one before the first, which counts as −extent − 1 from the end.
    const starts = shape.map((extent, axis) => (isReversed(axis) ? extent - 1 : 0));
    const ends = shape.map((extent, axis) => (isReversed(axis) ? -extent - 1 : extent));
    const steps = shape.map((_, axis) => (isReversed(axis) ? -1 : 1));
    return lowering.slice(lowering.value(x), shape, starts, ends, steps);
  },
};
