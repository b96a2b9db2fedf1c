import type { ReductionKind, Typed, TypedAttributes } from '../check/typed.ts';
import type { Body } from './body.ts';
import { Unsupported } from './unsupported.ts';
import { contract } from './contractions.ts';
import { aligned, dimension, hasAxis, position, without, type LocatedCode } from './located-code.ts';
import { dims, method, type Code } from './python-code.ts';

/** The method of a tensor that reduces; whether it goes over several dimensions at once. */
const methods: Readonly<Record<ReductionKind, { readonly name: string; readonly several: boolean }>> = {
  sum: { name: 'sum', several: true },
  mean: { name: 'mean', several: true },
  max: { name: 'amax', several: true },
  min: { name: 'amin', several: true },
  var: { name: 'var', several: true },
  any: { name: 'any', several: true },
  all: { name: 'all', several: true },
  logsumexp: { name: 'logsumexp', several: true },
  prod: { name: 'prod', several: false },
  argmax: { name: 'argmax', several: false },
  argmin: { name: 'argmin', several: false },
};

/** Which of them take no list of dimensions to mean all. */
const needsDimensions: ReadonlySet<ReductionKind> = new Set<ReductionKind>(['logsumexp', 'argmax', 'argmin', 'prod']);

export function reduce(body: Body, typed: Typed, { reduction, over }: TypedAttributes['reduce']): LocatedCode {
  const [operand, mask] = typed.args;
  if (operand === undefined) throw new Unsupported(typed, 'a reduction of nothing');
  if (mask !== undefined) return masked(body, typed, reduction, operand, mask);
  const product = reduction === 'sum' ? productSum(body, operand, over) : undefined;
  if (product !== undefined) return product;
  const value = body.value(operand);
  if (over.length === 0 && reduction !== 'var') return value;
  const axes = without(value.axes, ...over);
  const { name, several } = methods[reduction];
  const positions = over.map((axis) => dimension(value, axis));
  if (!several && positions.length > 1) {
    // from the last, so that the places of the others stay
    const inOrder = over.map((axis) => position(value, axis)).sort((a, b) => b - a);
    return { code: inOrder.reduce((code, at) => method(code, name, String(at)), value.code), axes };
  }
  const all = axes.length === 0 && !needsDimensions.has(reduction);
  const options = reduction === 'var' ? ['correction=0'] : [];
  return { code: method(value.code, name, ...(all ? [] : [dims(positions)]), ...options), axes };
}

/** `sum(a * b, over: k)` is a product of matrices where each factor has an axis of its own. */
function productSum(body: Body, operand: Typed, over: TypedAttributes['reduce']['over']): LocatedCode | undefined {
  if (operand.op !== 'two' || operand.attributes.op !== 'mul' || operand.label !== undefined) return undefined;
  const [left, right] = operand.args;
  if (left?.type.element !== 'f32' || right?.type.element !== 'f32') return undefined;
  const has = (typed: Typed): boolean => over.every((axis) => hasAxis(typed.type.axes, axis));
  const lonely = (a: Typed, b: Typed): boolean => without(a.type.axes, ...b.type.axes).length > 0;
  if (!has(left) || !has(right) || !lonely(left, right) || !lonely(right, left)) return undefined;
  return contract(body, body.operands([left, right]), over);
}

function masked(body: Body, typed: Typed, reduction: ReductionKind, operand: Typed, mask: Typed): LocatedCode {
  const over = typed.op === 'reduce' ? typed.attributes.over : [];
  const { value, condition } = withMask(body, operand, mask);
  const axes = without(value.axes, ...over);
  const positions = over.map((axis) => dimension(value, axis));
  if (reduction === 'prod' || reduction === 'argmin') throw new Unsupported(typed, `\`${reduction}\` of what a mask leaves`);
  const where = reduction === 'argmax' ? String(positions[0]) : `(${positions.join(', ')}${positions.length === 1 ? ',' : ''})`;
  return { code: body.library(`masked_${reduction}`, value.code.text, condition.text, where), axes };
} // prettier-ignore

/** A value at the extents of its mask too, and the mask aligned with it. */
function withMask(body: Body, operand: Typed, mask: Typed): { value: LocatedCode; condition: Code } {
  const [inner, located] = body.operands([operand, mask], 70);
  if (inner === undefined || located === undefined) throw new Unsupported(operand, 'a mask');
  const axes = [...inner.axes, ...without(located.axes, ...inner.axes)];
  const code = body.expanded(inner, axes, operand, aligned(inner, axes));
  return { value: { code: body.tensor(code), axes }, condition: body.tensor(aligned(located, axes)) };
}

export function softmax(body: Body, typed: Typed, { axis, log }: TypedAttributes['softmax']): LocatedCode {
  const [operand, mask] = typed.args;
  if (operand === undefined) throw new Unsupported(typed, 'a softmax of nothing');
  const name = log ? 'log_softmax' : 'softmax';
  if (mask === undefined) {
    const value = body.value(operand);
    return { code: method(value.code, name, String(dimension(value, axis))), axes: value.axes };
  }
  const { value, condition } = withMask(body, operand, mask);
  const code = body.library(`masked_${name}`, value.code.text, condition.text, String(dimension(value, axis)));
  return { code, axes: value.axes };
}
