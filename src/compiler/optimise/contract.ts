import { reducedShape } from '../ir/extents.ts';
import type { NodeId } from '../ir/graph.ts';
import { elementCount, type Shape } from '../types/dtype.ts';
import type { RuleCall, Rules } from './rule.ts';

/**
 * Σ over k of a · b is a matrix product where a and b each have an axis that the other lacks: similarities written elementwise, and
 * the gradients of broadcast products, never exist in full size.
 */
export const contractRules: Rules = { reduce_sum: [contract] };

/** Axes of the product by who has them (an extent above 1) and whether they are summed. */
interface Roles {
  /** Both have it, it stays. */
  readonly batch: readonly number[];
  /** Only a (only b) has it, it stays. */
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** Both have it, it is summed. */
  readonly inner: readonly number[];
}

function contract({ a: product, m, look, attributes: { axes, keep } }: RuleCall<'reduce_sum'>): NodeId | undefined {
  const node = look.as(product, 'mul');
  const [first, second] = node?.inputs ?? [];
  if (!node || first === undefined || second === undefined || node.type.dtype !== 'f32') return undefined;
  const shape = node.type.shape;
  const a = withRank(look.shape(first), shape.length);
  const b = withRank(look.shape(second), shape.length);
  const roles = rolesOf(a, b, axes);
  if (!roles || roles.left.length === 0 || roles.right.length === 0) return undefined;

  const extents = (list: readonly number[]): number[] => list.map((axis) => shape[axis] ?? 1);
  const size = (list: readonly number[]): number => elementCount(extents(list));
  const { batch, left, right, inner } = roles;
  const rest = (list: readonly (readonly number[])[]): number[] =>
    shape.flatMap((_, axis) => (list.flat().includes(axis) ? [] : [axis]));
  const arranged = (x: NodeId, own: Shape, kept: readonly number[], last: readonly number[]): NodeId => {
    const order = [...batch, ...kept, ...last];
    const turned = m.transpose(m.reshape(x, own), [...order, ...rest([order])]);
    return m.reshape(turned, [...extents(batch), size(kept), size(last)]);
  };
  const result = m.matmul(arranged(first, a, left, inner), arranged(second, b, right, inner), false, true);
  // [batch.., left.., right..] back to the order of the axes, the summed ones as 1.
  const order = [...batch, ...left, ...right];
  const others = rest([order]);
  const whole = m.reshape(result, [...extents(order), ...others.map(() => 1)]);
  const places = [...order, ...others];
  const inOrder = m.transpose(whole, shape.map((_, axis) => places.indexOf(axis))); // prettier-ignore
  return m.reshape(inOrder, reducedShape(shape, axes, keep));
}

function rolesOf(a: Shape, b: Shape, axes: readonly number[]): Roles | undefined {
  const roles: Record<keyof Roles, number[]> = { batch: [], left: [], right: [], inner: [] };
  for (const [axis, extent] of a.entries()) {
    const inA = extent !== 1;
    const inB = b[axis] !== 1;
    if (!inA && !inB) continue;
    if (axes.includes(axis)) {
      // A sum over an axis of one operand alone is not a product's.
      if (!inA || !inB) return undefined;
      roles.inner.push(axis);
    } else if (inA && inB) roles.batch.push(axis);
    else (inA ? roles.left : roles.right).push(axis);
  }
  return roles;
}

function withRank(shape: Shape, rank: number): Shape {
  return [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
}
