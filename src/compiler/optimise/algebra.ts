/**
 * Identities of arithmetic, the identity beside each rule. x y z are any operands, c d constants of one value. They hold over the
 * reals; in floating point a product of constants may be rounded differently, and 0 · x is 0 for infinite x too.
 */
import type { Arithmetic } from '../ir/arithmetic.ts';
import { broadcastShapes, reducedShape } from '../ir/extents.ts';
import type { NodeId } from '../ir/graph.ts';
import type { BinaryOp } from '../ir/ops.ts';
import { elementCount, type Shape } from '../types/dtype.ts';
import type { Rule, RuleCall, Rules } from './rule.ts';

export const algebraRules: Rules = {
  neg: [
    ({ a, look }) => look.operandOf(a, 'neg'), // --x = x
    ({ a, m, look }) => difference(look.as(a, 'sub')?.inputs, (x, y) => m.sub(y, x)), // -(x - y) = y - x
    ({ a, m, look }) => scaled(look, a, (x, c) => m.scale(x, -c)), // -(x c) = x (-c)
  ],
  abs: [
    ({ a, m, look }) => through(look.operandOf(a, 'neg'), (x) => m.unary('abs', x)), // |-x| = |x|
    ({ a, look }) => (look.node(a).op === 'abs' ? a : undefined), // ||x|| = |x|
  ],
  relu: [({ a, look }) => (look.node(a).op === 'relu' ? a : undefined)], // relu relu = relu
  not: [({ a, look }) => look.operandOf(a, 'not')], // not not x = x

  add: [
    ({ b, look, ...call }) => (look.uniform(b) === 0 ? whole(call, call.a, b) : undefined), // x + 0 = x
    ({ a, look, ...call }) => (look.uniform(a) === 0 ? whole(call, call.b, a) : undefined), // 0 + x = x
    ({ a, b, m, look }) => (a === b && look.node(a).type.dtype === 'f32' ? m.scale(a, 2) : undefined), // x + x = 2 x
    ({ a, b, m, look }) => through(look.operandOf(b, 'neg'), (y) => m.sub(a, y)), // x + -y = x - y
    ({ a, b, m, look }) => through(look.operandOf(a, 'neg'), (x) => m.sub(b, x)), // -x + y = y - x
  ],
  sub: [
    ({ b, look, ...call }) => (look.uniform(b) === 0 ? whole(call, call.a, b) : undefined), // x - 0 = x
    ({ a, b, m, look }) => (look.uniform(a) === 0 ? m.neg(whole({ m }, b, a)) : undefined), // 0 - x = -x
    ({ a, b, m, look }) => through(look.operandOf(b, 'neg'), (y) => m.add(a, y)), // x - -y = x + y
  ],
  mul: [
    ({ b, look, ...call }) => (look.uniform(b) === 1 ? whole(call, call.a, b) : undefined), // x 1 = x
    ({ a, look, ...call }) => (look.uniform(a) === 1 ? whole(call, call.b, a) : undefined), // 1 x = x
    zeroProduct, // x 0 = 0
    ({ a, b, m, look }) => (look.uniform(b) === -1 ? m.neg(whole({ m }, a, b)) : undefined), // x (-1) = -x
    ({ a, b, m, look }) => (look.uniform(a) === -1 ? m.neg(whole({ m }, b, a)) : undefined), // (-1) x = -x
    ({ a, b, m, look }) =>
      through(
        scalar(look, b),
        (d) => scaled(look, a, (x, c) => m.scale(x, c * d)) ?? negated(look, a, (x) => m.scale(x, -d)),
      ), // (x c) d = x (c d)
    ({ a, b, m, look }) =>
      through(
        scalar(look, a),
        (d) => scaled(look, b, (x, c) => m.scale(x, c * d)) ?? negated(look, b, (x) => m.scale(x, -d)),
      ), // d (x c) = x (c d)
    ...signsOut('mul'),
  ],
  div: [
    ({ b, look, ...call }) => (look.uniform(b) === 1 ? whole(call, call.a, b) : undefined), // x / 1 = x
    ({ a, b, m, look }) => through(scalar(look, b), (d) => scaled(look, a, (x, c) => m.scale(x, c / d))), // (x c) / d = x (c / d)
    ...signsOut('div'),
  ],
  pow: [({ a, b, m, look }) => through(powers.get(look.uniform(b) ?? NaN), (power) => power(m, whole({ m }, a, b)))],
  max: [same], // max(x, x) = x
  min: [same], // min(x, x) = x
  and: [same], // x and x = x
  or: [same], // x or x = x
  select: [
    ({ a, b, c, m, look }) => {
      const chosen = look.uniform(a) === undefined ? undefined : look.uniform(a) === 0 ? c : b;
      return through(chosen, (x) => m.broadcast(x, broadcastShapes(...[a, b, c].map((id) => m.shape(id))))); // true ? x : y = x
    },
    ({ a, b, c, m }) => (b === c ? m.broadcast(b, broadcastShapes(m.shape(a), m.shape(b))) : undefined), // c ? x : x = x
    ({ a, b, c, m, look }) => through(look.operandOf(a, 'not'), (condition) => m.op('select', [condition, c, b], {})), // not c ? x : y = c ? y : x
  ],

  reduce_sum: [
    ({ a, m, look, attributes }) => scaled(look, a, (x, c) => m.scale(m.op('reduce_sum', [x], attributes), c)), // Σ x c = (Σ x) c
    ({ a, m, look, attributes }) =>
      through(look.operandOf(a, 'neg'), (x) => m.neg(m.op('reduce_sum', [x], attributes))), // Σ -x = -Σ x
    ({ a, m, look, attributes: { axes, keep } }) => {
      const value = look.uniform(a);
      if (value === undefined) return undefined;
      const shape = look.shape(a);
      const count = elementCount(axes.map((axis) => shape[axis] ?? 1));
      return m.filled(value * count, reducedShape(shape, axes, keep), look.node(a).type.dtype); // Σ c = n c
    },
    sumOfBroadcast,
  ],
  reduce_max: [extremumOfBroadcast],
  reduce_min: [extremumOfBroadcast],
};

/** x^c for the exponents that have an op of their own. */
const powers: ReadonlyMap<number, (m: Arithmetic, x: NodeId) => NodeId> = new Map([
  [0, (m, x) => m.filled(1, m.shape(x))], // x^0 = 1
  [1, (_, x) => x], // x^1 = x
  [2, (m, x) => m.square(x)], // x^2 = x x
  [0.5, (m, x) => m.unary('sqrt', x)], // x^½ = √x
  [-1, (m, x) => m.div(m.number(1), x)], // x^-1 = 1 / x
  [-0.5, (m, x) => m.div(m.number(1), m.unary('sqrt', x))], // x^-½ = 1 / √x
]);

/** `x` in the shape that the call with `other` has. */
function whole({ m }: Pick<RuleCall<'add'>, 'm'>, x: NodeId, other: NodeId): NodeId {
  return m.broadcast(x, broadcastShapes(m.shape(x), m.shape(other)));
}

function through<Value>(value: Value | undefined, then: (value: Value) => NodeId | undefined): NodeId | undefined {
  return value === undefined ? undefined : then(value);
}

function difference(inputs: readonly NodeId[] | undefined, then: (x: NodeId, y: NodeId) => NodeId): NodeId | undefined {
  const [x, y] = inputs ?? [];
  return x === undefined || y === undefined ? undefined : then(x, y);
}

type LookOf = RuleCall<'mul'>['look'];

/** A constant that multiplies without repeating the other operand: a scalar f32. */
function scalar(look: LookOf, id: NodeId): number | undefined {
  const { dtype, shape } = look.node(id).type;
  return dtype === 'f32' && shape.length === 0 ? look.uniform(id) : undefined;
}

/** Where the node is x · c with a scalar constant. */
function scaled(look: LookOf, id: NodeId, then: (x: NodeId, c: number) => NodeId): NodeId | undefined {
  const [x, y] = look.as(id, 'mul')?.inputs ?? [];
  if (x === undefined || y === undefined) return undefined;
  const right = scalar(look, y);
  if (right !== undefined) return then(x, right);
  const left = scalar(look, x);
  return left === undefined ? undefined : then(y, left);
}

function negated(look: LookOf, id: NodeId, then: (x: NodeId) => NodeId): NodeId | undefined {
  return through(look.operandOf(id, 'neg'), then);
}

function zeroProduct({ a, b, m, look }: RuleCall<'mul'>): NodeId | undefined {
  if (look.uniform(a) !== 0 && look.uniform(b) !== 0) return undefined;
  return m.filled(0, broadcastShapes(m.shape(a), m.shape(b)), look.node(a).type.dtype);
}

/** (-x) (-y) = x y, (-x) y = x (-y) = -(x y), and so with /: signs travel towards sums, which take them in. */
function signsOut(op: 'mul' | 'div'): readonly Rule<typeof op>[] {
  return [
    ({ a, b, m, look }) => {
      const x = look.operandOf(a, 'neg');
      const y = look.operandOf(b, 'neg');
      if (x === undefined && y === undefined) return undefined;
      const product = m.binary(op, x ?? a, y ?? b);
      return x === undefined || y === undefined ? m.neg(product) : product;
    },
  ];
}

function same({ a, b }: RuleCall<BinaryOp | 'and' | 'or'>): NodeId | undefined {
  return a === b ? a : undefined;
}

/** Σ over repeated axes multiplies by their extents. */
function sumOfBroadcast(call: RuleCall<'reduce_sum'>): NodeId | undefined {
  const { a, m, look, attributes } = call;
  const { axes, keep } = attributes;
  if (look.node(a).type.dtype !== 'f32') return undefined;
  const inner = repeatedAxes(call, axes);
  if (!inner) return undefined;
  const { source, own, repeated, shape } = inner;
  const count = elementCount(repeated.map((axis) => shape[axis] ?? 1));
  const sum = m.op('reduce_sum', [source], { axes: own, keep: true });
  return finishReduction(m, m.scale(sum, count), shape, axes, keep);
}

function extremumOfBroadcast(call: RuleCall<'reduce_max' | 'reduce_min'>): NodeId | undefined {
  const { m, op, attributes } = call;
  const { axes, keep } = attributes;
  const inner = repeatedAxes(call, axes);
  if (!inner) return undefined;
  const extremum = m.op(op, [inner.source], { axes: inner.own, keep: true });
  return finishReduction(m, extremum, inner.shape, axes, keep);
}

interface RepeatedAxes {
  /** What is broadcast, with as many dimensions as the broadcast. */
  readonly source: NodeId;
  readonly shape: Shape;
  readonly repeated: readonly number[];
  /** Reduced axes that the source has itself. */
  readonly own: readonly number[];
}

/** Where the node is a broadcast that repeats along some of the axes. */
function repeatedAxes(
  { a, m, look }: Pick<RuleCall<'reduce_sum'>, 'a' | 'm' | 'look'>,
  axes: readonly number[],
): RepeatedAxes | undefined {
  const broadcast = look.as(a, 'broadcast');
  const [source] = broadcast?.inputs ?? [];
  if (!broadcast || source === undefined) return undefined;
  const { shape } = broadcast.attributes;
  const own = look.shape(source);
  const from = [...Array.from({ length: shape.length - own.length }, () => 1), ...own];
  const repeated = axes.filter((axis) => from[axis] === 1 && shape[axis] !== 1);
  if (repeated.length === 0) return undefined;
  return { source: m.reshape(source, from), shape, repeated, own: axes.filter((axis) => !repeated.includes(axis)) };
}

/** From extents of 1 at the reduced axes to the result's shape; other axes of the source may still be repeated. */
function finishReduction(
  m: RuleCall<'mul'>['m'],
  x: NodeId,
  shape: Shape,
  axes: readonly number[],
  keep: boolean,
): NodeId {
  return m.reshape(m.broadcast(x, reducedShape(shape, axes, true)), reducedShape(shape, axes, keep));
}
