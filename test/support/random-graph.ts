import { Arithmetic } from '../../src/compiler/ir/arithmetic.ts';
import { broadcastShapes } from '../../src/compiler/ir/extents.ts';
import type { GraphBuilder, NodeId } from '../../src/compiler/ir/graph.ts';
import type { BinaryOp, UnaryOp } from '../../src/compiler/ir/ops.ts';
import { elementCount, type Shape } from '../../src/compiler/types/dtype.ts';
import { type Random, draws } from './random.ts';

/**
 * Grows a graph by `steps` random calls on what is there, rich in what passes look for: constants, broadcasts, reshapes, transposes,
 * slices, repeated calls. Values stay finite and tensors small. Returns the f32 nodes in the order they were added.
 */
export function growGraph(builder: GraphBuilder, random: Random, steps: number): NodeId[] {
  const pool = builder.nodes.flatMap((node) => (node.type.dtype === 'f32' ? [node.id] : []));
  const grower = new Grower(new Arithmetic(builder), random, pool);
  while (steps-- > 0) {
    const grown = grower.step();
    if (grown !== undefined && elementCount(builder.shape(grown)) <= 400) pool.push(grown);
  }
  return pool;
}

const unaryOps: readonly UnaryOp[] = ['neg', 'abs', 'relu', 'tanh', 'sin', 'cos', 'sigmoid', 'softplus', 'erf', 'gelu'];
const binaryOps: readonly BinaryOp[] = ['add', 'sub', 'mul', 'max', 'min', 'atan2'];

class Grower {
  readonly #m: Arithmetic;
  readonly #random: Random;
  readonly #pool: readonly NodeId[];
  readonly #steps: readonly (() => NodeId | undefined)[];

  constructor(m: Arithmetic, random: Random, pool: readonly NodeId[]) {
    this.#m = m;
    this.#random = random;
    this.#pool = pool;
    this.#steps = [
      () => m.unary(random.pick(unaryOps), this.#some()),
      () => m.neg(this.#some()),
      () => this.#binary(),
      () => this.#binary(),
      () => this.#binary(),
      () => this.#combine(['add', 'sub', 'mul', 'div'], this.#some(), this.#constant([1, -1, 2, 0.5])),
      () => this.#combine(['add', 'sub', 'mul'], this.#constant([0, 1, -1, 3]), this.#some()),
      () => this.#combine(['div'], this.#some(), this.#positive()),
      () => this.#combine(['pow'], this.#positive(), this.#constant([0, 1, 2, 0.5, -1, -0.5, 3])),
      () => this.#select(),
      () => m.op('stop', [this.#some()], {}),
      () => m.op('cast', [this.#some()], { dtype: 'f32' }),
      () => this.#reshape(),
      () => this.#reshape(),
      () => this.#transpose(),
      () => this.#transpose(),
      () => this.#broadcast(),
      () => this.#broadcast(),
      () => this.#slice(),
      () => this.#slice(),
      () => this.#pad(),
      () => this.#concat(),
      () => this.#concat(),
      () => this.#reduce(),
      () => this.#reduce(),
      () => this.#reduce(),
      () => this.#alongAxis(),
      () => this.#matmul(),
      () => this.#matmul(),
      () => this.#matmul(),
      () => this.#index(),
    ];
  }

  /** One more call, or nothing where the operands drawn do not fit. */
  step(): NodeId | undefined {
    return this.#random.pick(this.#steps)();
  }

  #some(): NodeId {
    // The latest nodes more often: chains grow longer.
    const recent = this.#pool.slice(-6);
    return this.#random.pick(this.#random.chance(0.6) ? recent : this.#pool);
  }

  #withRank(rank: number): NodeId | undefined {
    const x = this.#some();
    return this.#m.shape(x).length >= rank ? x : undefined;
  }

  #constant(values: readonly number[]): NodeId {
    const shape = this.#random.chance(0.6) ? [] : this.#random.broadcastable(this.#m.shape(this.#some()));
    const value = this.#random.pick(values);
    return this.#m.filled(value, shape);
  }

  #positive(): NodeId {
    return this.#m.shift(this.#m.unary('sigmoid', this.#some()), 0.5);
  }

  #combine(ops: readonly BinaryOp[], a: NodeId, b: NodeId): NodeId | undefined {
    if (!doBroadcast(this.#m.shape(a), this.#m.shape(b))) return undefined;
    return this.#m.binary(this.#random.pick(ops), a, b);
  }

  #binary(): NodeId | undefined {
    return this.#combine(binaryOps, this.#some(), this.#some());
  }

  #select(): NodeId | undefined {
    const [a, b] = [this.#some(), this.#some()];
    if (!doBroadcast(this.#m.shape(a), this.#m.shape(b))) return undefined;
    const condition = this.#m.binary(this.#random.pick(['lt', 'ge']), a, b);
    const chosen = this.#random.chance(0.3) ? this.#m.op('not', [condition], {}) : condition;
    return this.#m.op('select', [chosen, a, this.#random.chance(0.2) ? a : b], {});
  }

  #reshape(): NodeId {
    const x = this.#some();
    const shape = this.#m.shape(x);
    const axis = this.#random.integer(0, Math.max(0, shape.length - 2));
    const merged = [...shape.slice(0, axis), elementCount(shape.slice(axis, axis + 2)), ...shape.slice(axis + 2)];
    const target = this.#random.pick([
      merged,
      [elementCount(shape)],
      [1, ...shape],
      [...shape, 1],
      split(shape),
      shape,
    ]);
    return this.#m.op('reshape', [x], { shape: target });
  }

  #transpose(): NodeId {
    const x = this.#some();
    const axes = this.#m.shape(x).map((_, axis) => axis);
    const permutation = this.#random.chance(0.5)
      ? this.#random.shuffle(axes)
      : [...axes.slice(0, -2), ...axes.slice(-2).toReversed()];
    return this.#m.op('transpose', [x], { permutation });
  }

  #broadcast(): NodeId {
    const x = this.#some();
    const shape = this.#m.shape(x).map((extent) => (extent === 1 ? this.#random.integer(1, 3) : extent));
    const lead = this.#random.chance(0.4) ? [this.#random.integer(1, 3)] : [];
    return this.#m.op('broadcast', [x], { shape: [...lead, ...shape] });
  }

  #slice(): NodeId {
    const x = this.#some();
    const shape = this.#m.shape(x);
    const starts = shape.map((extent) => (this.#random.chance(0.5) ? 0 : this.#random.integer(0, extent - 1)));
    const sizes = shape.map((extent, axis) => {
      const most = extent - (starts[axis] ?? 0);
      return this.#random.chance(0.6) ? most : this.#random.integer(1, most);
    });
    return this.#m.op('slice', [x], { starts, sizes });
  }

  #pad(): NodeId {
    const x = this.#some();
    const amounts = (): number[] => this.#m.shape(x).map(() => this.#random.pick([0, 0, 1]));
    return this.#m.op('pad', [x], { before: amounts(), after: amounts(), value: this.#random.pick([0, 0.5]) });
  }

  /** Of a tensor's own slices, as often as of another of its shape. */
  #concat(): NodeId | undefined {
    const x = this.#withRank(1);
    if (x === undefined) return undefined;
    const shape = this.#m.shape(x);
    const axis = this.#random.integer(0, shape.length - 1);
    const extent = shape[axis] ?? 1;
    const like = this.#pool.filter((other) => this.#m.shape(other).join() === shape.join());
    if (extent === 1 || this.#random.chance(0.4))
      return this.#m.op('concat', [x, this.#random.pick(like), x], { axis });
    const cut = this.#random.integer(1, extent - 1);
    const part = (start: number, size: number): NodeId =>
      this.#m.op('slice', [x], {
        starts: shape.map((_, at) => (at === axis ? start : 0)),
        sizes: shape.with(axis, size),
      });
    return this.#m.op('concat', [part(0, cut), part(cut, extent - cut)], { axis });
  }

  #reduce(): NodeId {
    const x = this.#some();
    const axes = this.#random.axes(this.#m.shape(x));
    if (this.#random.chance(0.15)) return this.#m.op('moment_mean', [x], { axes });
    if (this.#random.chance(0.15)) return this.#m.op('moment_rstd', [x], { axes, epsilon: 0.5 });
    const op = this.#random.pick(['reduce_sum', 'reduce_sum', 'reduce_max', 'reduce_min'] as const);
    const reduced = this.#m.op(op, [x], { axes, keep: this.#random.chance(0.5) });
    return this.#m.unary('tanh', reduced);
  }

  #alongAxis(): NodeId | undefined {
    const x = this.#withRank(1);
    if (x === undefined) return undefined;
    const axis = this.#random.integer(0, this.#m.shape(x).length - 1);
    switch (this.#random.integer(0, 4)) {
      case 0:
        return this.#m.op('softmax', [x], { axis });
      case 1:
        return this.#m.op('log_softmax', [x], { axis });
      case 2:
        return this.#m.op('cumsum', [x], {
          axis,
          exclusive: this.#random.chance(0.5),
          reverse: this.#random.chance(0.5),
        });
      case 3:
        return this.#m.op('top_k_values', [x], { k: 1 });
      default:
        return this.#m.op('reverse', [x], { axes: [axis] });
    }
  }

  #matmul(): NodeId | undefined {
    const a = this.#withRank(2);
    if (a === undefined) return undefined;
    const shape = this.#m.shape(a);
    const inner = shape.at(-1) ?? 1;
    if (this.#random.chance(0.4)) {
      const own = this.#random.chance(0.5) ? [inner, 2] : [2, inner];
      const values = this.#random.values(own, draws.inside);
      const b = this.#m.op('constant', [], { dtype: 'f32', shape: own, values });
      return this.#m.matmul(a, b, false, own[0] === 2 && inner !== 2);
    }
    const fitting = this.#pool.filter((other) => {
      const own = this.#m.shape(other);
      return (
        own.at(-1) === inner &&
        own.length >= 2 &&
        (own.length === 2 || own.slice(0, -2).join() === shape.slice(0, -2).join())
      );
    });
    return this.#m.unary('tanh', this.#m.matmul(a, this.#random.pick([a, ...fitting]), false, true));
  }

  #index(): NodeId | undefined {
    const x = this.#withRank(1);
    if (x === undefined) return undefined;
    const shape = this.#m.shape(x);
    const axis = this.#random.integer(0, shape.length - 1);
    const extent = shape[axis] ?? 1;
    if (this.#random.chance(0.3)) {
      const indices = this.#m.op('argmax', [x], { axis });
      return this.#m.op('one_hot', [indices], { depth: extent });
    }
    const indices = this.#random.values([2], (random) => random.integer(0, extent - 1));
    const chosen = this.#m.op('constant', [], { dtype: 'i32', shape: [2], values: indices });
    const gathered = this.#m.op('gather', [x, chosen], { axis });
    return this.#random.chance(0.5) ? gathered : this.#m.op('scatter_add', [gathered, chosen], { axis, size: extent });
  }
}

function doBroadcast(a: Shape, b: Shape): boolean {
  try {
    return elementCount(broadcastShapes(a, b)) <= 400;
  } catch {
    return false;
  }
}

/** Takes the first extent apart: [6, 5] → [2, 3, 5]. */
function split(shape: Shape): Shape {
  const [first = 1, ...rest] = shape;
  const factor = [2, 3].find((candidate) => first % candidate === 0) ?? 1;
  return [factor, first / factor, ...rest];
}
