import { invariant } from '../common/invariant.ts';
import type { ReductionKind, Typed, TypedAttributes } from '../check/typed.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Axis } from '../types/axis.ts';
import type { Elaborator } from './elaborator.ts';
import { shared, without, type Located } from './located.ts';

/** Stand-in for what a mask leaves out of a maximum: finite, so that differences of two stay finite. */
const lowest = -1e30;

/** Reduces over named axes; masked elements take no part. */
export function reduce(elaborator: Elaborator, typed: Typed, { reduction, over }: TypedAttributes['reduce']): Located {
  const [operand, mask] = typed.args;
  invariant(operand, 'a reduction without its operand');
  if (reduction === 'sum' && mask === undefined && operand.op === 'two' && operand.attributes.op === 'mul') {
    const product = productSum(elaborator, operand, over);
    if (product !== undefined) return product;
  }
  let value = elaborator.value(operand);
  let condition: NodeId | undefined;
  if (mask !== undefined) {
    const located = elaborator.value(mask);
    const axes = [...value.axes, ...without(located.axes, ...value.axes)];
    value = { node: elaborator.aligner.expanded(value, axes), axes };
    condition = elaborator.aligner.expanded(located, axes);
  }
  const axes = without(value.axes, ...over);
  const positions = over.map((axis) => elaborator.aligner.position(value, axis));
  if (over.length === 0 && reduction !== 'var') return value;
  return { node: reduceNode(elaborator, reduction, value.node, condition, positions), axes };
}

function reduceNode(
  elaborator: Elaborator,
  reduction: ReductionKind,
  x: NodeId,
  condition: NodeId | undefined,
  axes: readonly number[],
): NodeId {
  const { builder } = elaborator;
  const m = elaborator.aligner.arithmetic;
  const filled = (neutral: number): NodeId =>
    condition === undefined ? x : builder.add('select', [condition, x, m.number(neutral)], {});
  const count = (keep: boolean): NodeId => {
    if (condition === undefined)
      return m.number(axes.reduce((total, axis) => total * (builder.shape(x)[axis] ?? 1), 1));
    const counted = m.sum(builder.add('cast', [condition], { dtype: 'f32' }), axes, keep);
    return m.binary('max', counted, m.number(1));
  };
  const mean = (keep: boolean): NodeId => m.binary('div', m.sum(filled(0), axes, keep), count(keep));
  switch (reduction) {
    case 'sum':
      return m.sum(filled(0), axes, false);
    case 'mean':
      return mean(false);
    case 'var': {
      const centred = m.binary('sub', x, mean(true));
      const squares = m.square(centred);
      const kept = condition === undefined ? squares : builder.add('select', [condition, squares, m.number(0)], {});
      return m.binary('div', m.sum(kept, axes, false), count(false));
    }
    case 'max':
      return builder.add('reduce_max', [filled(lowest)], { axes, keep: false });
    case 'min':
      return builder.add('reduce_min', [filled(-lowest)], { axes, keep: false });
    case 'any':
    case 'all': {
      const number = builder.add('cast', [x], { dtype: 'f32' });
      const neutral = reduction === 'any' ? 0 : 1;
      const kept = condition === undefined ? number : builder.add('select', [condition, number, m.number(neutral)], {});
      const reduced = builder.add(reduction === 'any' ? 'reduce_max' : 'reduce_min', [kept], { axes, keep: false });
      return builder.add('cast', [reduced], { dtype: 'bool' });
    }
    case 'logsumexp': {
      const kept = filled(lowest);
      const top = builder.add('stop', [builder.add('reduce_max', [kept], { axes, keep: true })], {});
      const total = m.unary('log', m.sum(m.unary('exp', m.binary('sub', kept, top)), axes, false));
      return m.binary('add', total, m.reshape(top, builder.shape(total)));
    }
    case 'prod': {
      // from the last axis, so that the places of the others stay
      return [...axes].sort((a, b) => b - a).reduce((rest, axis) => product(elaborator, rest, axis), filled(1));
    }
    case 'argmax':
    case 'argmin': {
      const [axis] = axes;
      invariant(axis !== undefined, 'argmax goes over one axis');
      const kept = filled(reduction === 'argmax' ? lowest : -lowest);
      return builder.add('argmax', [reduction === 'argmax' ? kept : m.unary('neg', kept)], { axis });
    }
  }
}

function product(elaborator: Elaborator, x: NodeId, axis: number): NodeId {
  const { builder } = elaborator;
  const m = elaborator.aligner.arithmetic;
  const shape = builder.shape(x);
  const rest = shape.filter((_, dimension) => dimension !== axis);
  let result: NodeId | undefined;
  for (let at = 0; at < (shape[axis] ?? 0); at++) {
    const starts = shape.map((_, dimension) => (dimension === axis ? at : 0));
    const sizes = shape.map((whole, dimension) => (dimension === axis ? 1 : whole));
    const entry = m.reshape(builder.add('slice', [x], { starts, sizes }), rest);
    result = result === undefined ? entry : m.binary('mul', result, entry);
  }
  return result ?? m.number(1);
}

export function softmax(elaborator: Elaborator, typed: Typed, { axis, log }: TypedAttributes['softmax']): Located {
  const { builder, aligner } = elaborator;
  let value = elaborator.argument(typed, 0);
  const [, mask] = typed.args;
  if (mask === undefined) {
    return {
      node: builder.add(log ? 'log_softmax' : 'softmax', [value.node], { axis: aligner.position(value, axis) }),
      axes: value.axes,
    };
  }
  const located = elaborator.value(mask);
  const axes = [...value.axes, ...without(located.axes, ...value.axes)];
  value = { node: aligner.expanded(value, axes), axes };
  const condition = aligner.expanded(located, axes);
  const m = aligner.arithmetic;
  const kept = builder.add('select', [condition, value.node, m.number(lowest)], {});
  const soft = builder.add(log ? 'log_softmax' : 'softmax', [kept], { axis: aligner.position(value, axis) });
  // where nothing takes part, nothing gets a share
  return { node: builder.add('select', [condition, soft, m.number(0)], {}), axes };
}

/** `sum(a * b, over: k)` is a matrix product where both factors have k and it saves building the product. */
function productSum(elaborator: Elaborator, product: Typed, over: readonly Axis[]): Located | undefined {
  const [left, right] = product.args;
  if (left === undefined || right === undefined || left.type.element !== 'f32' || right.type.element !== 'f32')
    return undefined;
  const has = (typed: Typed): boolean => over.every((axis) => typed.type.axes.some((each) => each.id === axis.id));
  const lonely = (a: Typed, b: Typed): boolean => without(a.type.axes, ...b.type.axes).length > 0;
  if (!has(left) || !has(right) || !lonely(left, right) || !lonely(right, left)) return undefined;
  return contract(elaborator, elaborator.value(left), elaborator.value(right), over);
}

/** The sum of products over `over`; axes that both have align, the others pair up. */
export function contract(elaborator: Elaborator, a: Located, b: Located, over: readonly Axis[]): Located {
  const { aligner, builder } = elaborator;
  const m = aligner.arithmetic;
  const common = without(shared(a.axes, b.axes), ...over);
  const rows = without(a.axes, ...common, ...over);
  const columns = without(b.axes, ...common, ...over);
  const product = (axes: readonly Axis[]): number => aligner.extents(axes).reduce((total, size) => total * size, 1);
  if (rows.length === 0 && columns.length === 0) {
    const axes = [...common, ...over];
    const pair = m.binary('mul', aligner.ordered(a, axes).node, aligner.ordered(b, axes).node);
    return {
      node: m.sum(
        pair,
        over.map((_, index) => common.length + index),
        false,
      ),
      axes: common,
    };
  }
  const depth = product(over);
  const lead = common.length === 0 ? [] : [product(common)];
  const left = aligner.reshaped(aligner.ordered(a, [...common, ...rows, ...over]).node, [
    ...lead,
    product(rows),
    depth,
  ]);
  const right = aligner.reshaped(aligner.ordered(b, [...common, ...columns, ...over]).node, [
    ...lead,
    product(columns),
    depth,
  ]);
  const axes = [...common, ...rows, ...columns];
  const result = builder.add('matmul', [left, right], { transposeA: false, transposeB: true });
  return { node: aligner.reshaped(result, aligner.extents(axes)), axes };
}
