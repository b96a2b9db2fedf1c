import { elementCount, type Shape } from '../../../../types/dtype.ts';
import { int, type TensorName } from '../graph-writer.ts';
import type { Lowering, LoweringRules } from '../lowering.ts';

/**
 * Adding by index is UnsortedSegmentSum: its threads share the rows of the result among themselves and each walks the updates in
 * order, so repeated indices neither race nor change the order of a sum.
 */
export const indexingRules: LoweringRules<'gather' | 'scatter_add' | 'gather_along' | 'scatter_add_along' | 'one_hot'> =
  {
    gather: (node, lowering) => {
      const [x = '', indices = ''] = lowering.operands(node);
      return gather(lowering, x, indices, node.attributes.axis);
    },

    scatter_add: (node, lowering) => {
      const { axis, size } = node.attributes;
      const [updatesId, indicesId] = node.inputs;
      const updatesShape = lowering.shape(updatesId);
      const indicesShape = lowering.shape(indicesId);
      const outer = elementCount(updatesShape.slice(0, axis));
      const count = elementCount(indicesShape);
      const inner = elementCount(updatesShape.slice(axis + indicesShape.length));
      const indices = lowering.reshape(lowering.value(indicesId), indicesShape, [count]);
      const updates = lowering.reshape(lowering.value(updatesId), updatesShape, [outer, count, inner]);
      // [count, outer, inner]: rows first.
      const rows = lowering.reshape(lowering.transpose(updates, [1, 0, 2]), [], [count, outer * inner]);
      const sums = lowering.reshape(segmentSum(lowering, rows, indices, size), [], [size, outer, inner]);
      return lowering.reshape(lowering.transpose(sums, [1, 0, 2]), [], node.type.shape);
    },

    gather_along: (node, lowering) => {
      const [xId, indicesId] = node.inputs;
      const xShape = lowering.shape(xId);
      const places = elementPlaces(
        lowering,
        lowering.value(indicesId),
        lowering.shape(indicesId),
        node.attributes.axis,
        xShape[node.attributes.axis] ?? 1,
      );
      const flat = lowering.reshape(lowering.value(xId), xShape, [elementCount(xShape)]);
      return lowering.reshape(gather(lowering, flat, places, 0), [], node.type.shape);
    },

    scatter_add_along: (node, lowering) => {
      const { axis, size } = node.attributes;
      const [updatesId, indicesId] = node.inputs;
      const shape = lowering.shape(updatesId);
      const places = elementPlaces(lowering, lowering.value(indicesId), shape, axis, size);
      const flat = lowering.reshape(lowering.value(updatesId), shape, [elementCount(shape)]);
      const sums = segmentSum(lowering, flat, places, elementCount(node.type.shape));
      return lowering.reshape(sums, [], node.type.shape);
    },

    one_hot: (node, lowering) => {
      const { writer } = lowering;
      const operands = [
        lowering.value(node.inputs[0]),
        writer.scalar('i32', node.attributes.depth),
        writer.scalar('f32', 1),
        writer.scalar('f32', 0),
      ];
      return writer.node('OneHot', operands, { axis: int(-1) });
    },
  };

function gather(lowering: Lowering, x: TensorName, indices: TensorName, axis: number): TensorName {
  const { writer } = lowering;
  return writer.node('GatherV2', [x, indices, writer.scalar('i32', axis)], { batch_dims: int(0) });
}

function segmentSum(lowering: Lowering, updates: TensorName, indices: TensorName, size: number): TensorName {
  return lowering.writer.node('UnsortedSegmentSum', [updates, indices, lowering.writer.scalar('i32', size)]);
}

/**
 * For every index along `axis`, the row-major place of the element it names in a tensor with `extent` there:
 * `(row · extent + index) · inner + column`, as one list.
 */
function elementPlaces(
  lowering: Lowering,
  indices: TensorName,
  shape: Shape,
  axis: number,
  extent: number,
): TensorName {
  const { writer } = lowering;
  const outer = elementCount(shape.slice(0, axis));
  const count = shape[axis] ?? 1;
  const inner = elementCount(shape.slice(axis + 1));
  const starts = Array.from({ length: outer }, (_, row) => row * extent * inner);
  const columns = Array.from({ length: inner }, (_, column) => column);
  let places = lowering.reshape(indices, shape, [outer, count, inner]);
  if (inner > 1) {
    places = lowering.mul(places, writer.scalar('i32', inner));
    places = lowering.add(places, writer.constant('i32', [inner], columns));
  }
  if (outer > 1) places = lowering.add(places, writer.constant('i32', [outer, 1, 1], starts));
  return lowering.reshape(places, [outer, count, inner], [outer * count * inner]);
}
