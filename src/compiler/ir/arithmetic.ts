import { sameShape, type DType, type Shape } from '../types/dtype.ts';
import { broadcastAxes } from './extents.ts';
import type { GraphBuilder, NodeId } from './graph.ts';
import type { BinaryOp, CompareOp, OpAttributes, OpName, UnaryOp } from './ops.ts';

/** Writes formulas into a graph: one short method for each op that formulas use, and nothing built that would change nothing. */
export class Arithmetic {
  readonly builder: GraphBuilder;

  constructor(builder: GraphBuilder) {
    this.builder = builder;
  }

  shape(x: NodeId): Shape {
    return this.builder.shape(x);
  }

  op<Op extends OpName>(op: Op, inputs: readonly NodeId[], attributes: OpAttributes[Op]): NodeId {
    return this.builder.add(op, inputs, attributes);
  }

  /** A scalar. */
  number(value: number, dtype: DType = 'f32'): NodeId {
    return this.filled(value, [], dtype);
  }

  filled(value: number, shape: Shape, dtype: DType = 'f32'): NodeId {
    return this.op('constant', [], { dtype, shape, values: [value] });
  }

  unary(op: UnaryOp, x: NodeId): NodeId {
    return this.op(op, [x], {});
  }

  binary(op: BinaryOp | CompareOp, a: NodeId, b: NodeId): NodeId {
    return this.op(op, [a, b], {});
  }

  neg = (x: NodeId): NodeId => this.unary('neg', x);
  add = (a: NodeId, b: NodeId): NodeId => this.binary('add', a, b);
  sub = (a: NodeId, b: NodeId): NodeId => this.binary('sub', a, b);
  mul = (a: NodeId, b: NodeId): NodeId => this.binary('mul', a, b);
  div = (a: NodeId, b: NodeId): NodeId => this.binary('div', a, b);

  /** x · factor */
  scale(x: NodeId, factor: number): NodeId {
    return this.mul(x, this.number(factor));
  }

  /** x + term */
  shift(x: NodeId, term: number): NodeId {
    return this.add(x, this.number(term));
  }

  square(x: NodeId): NodeId {
    return this.mul(x, x);
  }

  /** `x` where the condition holds, else 0. Unlike a product with the mask it stops infinities. */
  where(condition: NodeId, x: NodeId): NodeId {
    return this.op('select', [condition, x, this.number(0)], {});
  }

  whereNot(condition: NodeId, x: NodeId): NodeId {
    return this.op('select', [condition, this.number(0), x], {});
  }

  sum(x: NodeId, axes: readonly number[], keep: boolean): NodeId {
    return axes.length === 0 ? x : this.op('reduce_sum', [x], { axes, keep });
  }

  reshape(x: NodeId, shape: Shape): NodeId {
    return sameShape(this.shape(x), shape) ? x : this.op('reshape', [x], { shape });
  }

  transpose(x: NodeId, permutation: readonly number[]): NodeId {
    return permutation.every((axis, at) => axis === at) ? x : this.op('transpose', [x], { permutation });
  }

  swapLastTwo(x: NodeId): NodeId {
    const rank = this.shape(x).length;
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    return this.transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
  }

  broadcast(x: NodeId, shape: Shape): NodeId {
    return sameShape(this.shape(x), shape) ? x : this.op('broadcast', [x], { shape });
  }

  /** The transpose of a broadcast from `shape`: sums over what was repeated. */
  reduceTo(x: NodeId, shape: Shape): NodeId {
    const own = this.shape(x);
    const repeated = broadcastAxes(shape, own).filter((axis) => own[axis] !== 1);
    return this.reshape(this.sum(x, repeated, false), shape);
  }

  /** The distribution function of the standard normal: Φ(x) = (erf(x/√2) + 1) / 2. */
  normalCumulative(x: NodeId): NodeId {
    return this.scale(this.shift(this.unary('erf', this.scale(x, Math.SQRT1_2)), 1), 0.5);
  }

  matmul(a: NodeId, b: NodeId, transposeA: boolean, transposeB: boolean): NodeId {
    return this.op('matmul', [a, b], { transposeA, transposeB });
  }
}
