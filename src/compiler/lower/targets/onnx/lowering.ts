import { reducedShape } from '../../../ir/extents.ts';
import type { Graph, GraphNode } from '../../../ir/graph.ts';
import type { OpName } from '../../../ir/ops.ts';
import { elementCount, sameShape, type DType, type Shape } from '../../../types/dtype.ts';
import { GraphLowering, type NodeOf } from '../../graph-lowering.ts';
import type { KernelGroups } from '../../group-kernels.ts';
import { int, type OnnxName, type OnnxWriter } from './onnx-writer.ts';
import { onnxDataType } from './onnx-proto.ts';

export type { NodeOf };

/** Writes the kernels of one node and returns the name of its value. */
export type LoweringRule<Op extends OpName> = (node: NodeOf<Op>, lowering: Lowering) => OnnxName;

/** Rules of a family of ops; the total table is `rules.ts`. */
export type LoweringRules<Op extends OpName> = { readonly [Each in Op]: LoweringRule<Each> };

/** What rules see of the graph being lowered, with the kernels that many of them need. */
export class Lowering extends GraphLowering {
  readonly writer: OnnxWriter;
  readonly #lower: (node: GraphNode, lowering: Lowering) => OnnxName;

  constructor(
    graph: Graph,
    writer: OnnxWriter,
    groups: KernelGroups,
    lower: (node: GraphNode, lowering: Lowering) => OnnxName,
  ) {
    super(graph, groups);
    this.writer = writer;
    this.#lower = lower;
  }

  protected override lower(node: GraphNode): OnnxName {
    return this.#lower(node, this);
  }

  // ── kernels that many rules need ────────────────────────────────────

  cast(x: OnnxName, dtype: DType | 'i64'): OnnxName {
    return this.writer.node('Cast', [x], [int('to', onnxDataType[dtype])]);
  }

  reshape(x: OnnxName, from: Shape, to: Shape): OnnxName {
    if (sameShape(from, to)) return x;
    return this.writer.node('Reshape', [x, this.writer.int64s(to)]);
  }

  transpose(x: OnnxName, permutation: readonly number[]): OnnxName {
    if (permutation.every((axis, at) => axis === at)) return x;
    return this.writer.node('Transpose', [x], [{ name: 'perm', kind: 'ints', value: permutation }]);
  }

  expand(x: OnnxName, from: Shape, to: Shape): OnnxName {
    if (sameShape(from, to)) return x;
    return this.writer.node('Expand', [x, this.writer.int64s(to)]);
  }

  /** `x[starts .. ends by steps]` along every axis; axes taken whole are not mentioned. */
  slice(
    x: OnnxName,
    shape: Shape,
    starts: readonly number[],
    ends: readonly number[],
    steps?: readonly number[],
  ): OnnxName {
    const axes = shape.flatMap((extent, axis) =>
      starts[axis] === 0 && ends[axis] === extent && (steps?.[axis] ?? 1) === 1 ? [] : [axis],
    );
    if (axes.length === 0) return x;
    const pick = (values: readonly number[]): OnnxName => this.writer.int64s(axes.map((axis) => values[axis] ?? 0));
    const operands = [x, pick(starts), pick(ends), this.writer.int64s(axes)];
    const isStrided = steps !== undefined && axes.some((axis) => steps[axis] !== 1);
    return this.writer.node('Slice', isStrided ? [...operands, pick(steps)] : operands);
  }

  pad(x: OnnxName, before: readonly number[], after: readonly number[], value: OnnxName): OnnxName {
    if ([...before, ...after].every((count) => count === 0)) return x;
    return this.writer.node('Pad', [x, this.writer.int64s([...before, ...after]), value]);
  }

  concat(parts: readonly OnnxName[], axis: number): OnnxName {
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : this.writer.node('Concat', parts, [int('axis', axis)]);
  }

  /**
   * Sums and means over leading axes go in two stages, over equal parts and then over the parts: onnxruntime shares one stage among
   * threads by columns alone and walks them with a stride (measured 3 to 7 times slower), and partial sums round less.
   */
  reduce(
    opType: 'ReduceSum' | 'ReduceMax' | 'ReduceMin' | 'ReduceMean',
    x: OnnxName,
    shape: Shape,
    axes: readonly number[],
    keep: boolean,
  ): OnnxName {
    if (axes.length === 0) return x;
    const { rows, columns } = leadingReduction(shape, axes);
    const parts = opType === 'ReduceSum' || opType === 'ReduceMean' ? partsOf(rows, columns) : 1;
    if (parts === 1) {
      return this.writer.node(opType, [x, this.writer.int64s(axes)], [int('keepdims', keep ? 1 : 0)]);
    }
    const split = this.reshape(x, shape, [parts, rows / parts, columns]);
    const partial = this.writer.node(opType, [split, this.writer.int64s([1])], [int('keepdims', 0)]);
    const total = this.writer.node(opType, [partial, this.writer.int64s([0])], [int('keepdims', 0)]);
    return this.reshape(total, [columns], reducedShape(shape, axes, keep));
  }

  add(a: OnnxName, b: OnnxName): OnnxName {
    return this.writer.node('Add', [a, b]);
  }

  mul(a: OnnxName, b: OnnxName): OnnxName {
    return this.writer.node('Mul', [a, b]);
  }
}

/** Rows that are reduced and columns that stay, if the axes reduced come before all others; else no rows. */
function leadingReduction(shape: Shape, axes: readonly number[]): { readonly rows: number; readonly columns: number } {
  const isReduced = shape.map((extent, axis) => extent === 1 || axes.includes(axis));
  const lead = isReduced.indexOf(false);
  const isLeading = lead > 0 && shape.every((extent, axis) => extent === 1 || axis < lead || !axes.includes(axis));
  return isLeading
    ? { rows: elementCount(shape.slice(0, lead)), columns: elementCount(shape.slice(lead)) }
    : { rows: 0, columns: 0 };
}

/** Into how many equal parts rows are best split: 1 where it does not pay. */
function partsOf(rows: number, columns: number): number {
  if (rows < 32 || rows * columns < 16_384) return 1;
  return [16, 8, 32, 4, 13, 7, 5, 3, 2, 11, 17, 19, 23].find((parts) => rows % parts === 0) ?? 1;
}
