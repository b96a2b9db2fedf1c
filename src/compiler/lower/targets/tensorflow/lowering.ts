import { invariant } from '../../../common/invariant.ts';
import type { Graph, GraphNode } from '../../../ir/graph.ts';
import type { OpName } from '../../../ir/ops.ts';
import { sameShape, type Shape } from '../../../types/dtype.ts';
import { GraphLowering, type NodeOf } from '../../graph-lowering.ts';
import type { KernelGroups } from '../../group-kernels.ts';
import { flag, type as typeAttribute, type GraphWriter, type TensorName } from './graph-writer.ts';
import type { OperationName } from './operations.ts';
import type { TensorflowAttributes, TensorflowDType } from './tensorflow-proto.ts';

export type { NodeOf };

/** Writes the kernels of one node and returns the name of its value. */
export type LoweringRule<Op extends OpName> = (node: NodeOf<Op>, lowering: Lowering) => TensorName;

/** Rules of a family of ops; the total table is `rules.ts`. */
export type LoweringRules<Op extends OpName> = { readonly [Each in Op]: LoweringRule<Each> };

/** Where the values of a function's inputs come from: a placeholder, or a variable that was read. */
export type InputTensor = (node: NodeOf<'input'>) => TensorName;

export interface LoweringRequest {
  readonly graph: Graph;
  readonly writer: GraphWriter;
  readonly groups: KernelGroups;
  readonly input: InputTensor;
  readonly lower: (node: GraphNode, lowering: Lowering) => TensorName;
}

/** What rules see of the graph being lowered, with the kernels that many of them need. */
export class Lowering extends GraphLowering {
  readonly writer: GraphWriter;
  readonly input: InputTensor;
  readonly #lower: (node: GraphNode, lowering: Lowering) => TensorName;

  constructor({ graph, writer, groups, input, lower }: LoweringRequest) {
    super(graph, groups);
    this.writer = writer;
    this.input = input;
    this.#lower = lower;
  }

  protected override lower(node: GraphNode): TensorName {
    return this.#lower(node, this);
  }

  /** As for every target; written in full where TensorFlow would refuse to repeat so many axes. */
  override elementwiseOperands(node: GraphNode, shape: Shape = node.type.shape): TensorName[] {
    const thin = this.thinOperands(node, shape);
    const shapes = thin.map((operand) => operand.shape);
    if (!repeatsTooManyAxes(shapes, shape)) return thin.map((operand) => operand.write());
    return thin.map((operand, at) => this.expand(operand.write(), shapes[at] ?? [], shape));
  }

  // ── kernels that many rules need ────────────────────────────────────

  kernel(op: OperationName, inputs: readonly TensorName[], attributes?: TensorflowAttributes): TensorName {
    return this.writer.node(op, inputs, attributes);
  }

  cast(x: TensorName, dtype: TensorflowDType): TensorName {
    if (this.writer.dtypeOf(x) === dtype) return x;
    return this.writer.node('Cast', [x], { DstT: typeAttribute(dtype), Truncate: flag(false) });
  }

  /** An empty `from` (where it is not a scalar) says that nothing is known of the shape before. */
  reshape(x: TensorName, from: Shape, to: Shape): TensorName {
    if (sameShape(from, to)) return x;
    return this.writer.node('Reshape', [x, this.writer.int32s(to)]);
  }

  transpose(x: TensorName, permutation: readonly number[]): TensorName {
    if (permutation.every((axis, at) => axis === at)) return x;
    return this.writer.node('Transpose', [x, this.writer.int32s(permutation)]);
  }

  expand(x: TensorName, from: Shape, to: Shape): TensorName {
    if (sameShape(from, to)) return x;
    if (!repeatsTooManyAxes([from], to)) return this.writer.node('BroadcastTo', [x, this.writer.int32s(to)]);
    const aligned = to.map((_, axis) => from[axis - to.length + from.length] ?? 1);
    const multiples = to.map((extent, axis) => extent / (aligned[axis] ?? 1));
    return this.writer.node('Tile', [this.reshape(x, from, aligned), this.writer.int32s(multiples)]);
  }

  /** `x[starts .. starts + sizes]` along every axis. */
  slice(x: TensorName, shape: Shape, starts: readonly number[], sizes: readonly number[]): TensorName {
    if (sameShape(shape, sizes)) return x;
    return this.writer.node('Slice', [x, this.writer.int32s(starts), this.writer.int32s(sizes)]);
  }

  /** Zeros around x, or `value`. */
  pad(x: TensorName, before: readonly number[], after: readonly number[], value = 0): TensorName {
    if ([...before, ...after].every((count) => count === 0)) return x;
    const pairs = before.flatMap((count, axis) => [count, after[axis] ?? 0]);
    const paddings = this.writer.constant('i32', [before.length, 2], pairs);
    if (value === 0) return this.writer.node('Pad', [x, paddings]);
    const dtype = this.writer.dtypeOf(x);
    invariant(dtype !== 'resource', 'a handle has no elements');
    return this.writer.node('PadV2', [x, paddings, this.writer.scalar(dtype, value)]);
  }

  concat(parts: readonly TensorName[], axis: number): TensorName {
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    return this.writer.node('ConcatV2', [...parts, this.writer.scalar('i32', axis)]);
  }

  reduce(op: 'Sum' | 'Mean' | 'Max' | 'Min', x: TensorName, axes: readonly number[], keep: boolean): TensorName {
    if (axes.length === 0) return x;
    return this.writer.node(op, [x, this.writer.int32s(axes)], { keep_dims: flag(keep) });
  }

  add(a: TensorName, b: TensorName): TensorName {
    return this.writer.node('AddV2', [a, b]);
  }

  mul(a: TensorName, b: TensorName): TensorName {
    return this.writer.node('Mul', [a, b]);
  }

  sub(a: TensorName, b: TensorName): TensorName {
    return this.writer.node('Sub', [a, b]);
  }

  /** A number of type f32. */
  number(value: number): TensorName {
    return this.writer.scalar('f32', value);
  }
}

/** TensorFlow's elementwise kernels and BroadcastTo take no more axes than this, after joining neighbours that are repeated alike. */
const mostBroadcastAxes = 4;

function repeatsTooManyAxes(shapes: readonly Shape[], shape: Shape): boolean {
  if (shape.length <= mostBroadcastAxes) return false;
  const patterns = shape.map((_, axis) =>
    shapes.map((own) => (own[axis - shape.length + own.length] ?? 1) === shape[axis]).join(),
  );
  return patterns.filter((pattern, at) => pattern !== patterns[at - 1]).length > mostBroadcastAxes;
}
