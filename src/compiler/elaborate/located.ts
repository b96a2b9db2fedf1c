/** Positional values with their axis names, and the moves that align them. */
import { invariant } from '../common/invariant.ts';
import { Arithmetic } from '../ir/arithmetic.ts';
import type { GraphBuilder, NodeId } from '../ir/graph.ts';
import { extent, type Axis, type SizeEnvironment } from '../types/axis.ts';

/** A node whose dimensions, from the outermost, are these axes. */
export interface Located {
  readonly node: NodeId;
  readonly axes: readonly Axis[];
}

/** Moves values between axis orders. Axes go by identity. */
export class Aligner {
  readonly builder: GraphBuilder;
  readonly arithmetic: Arithmetic;
  readonly #sizes: SizeEnvironment;

  constructor(builder: GraphBuilder, sizes: SizeEnvironment) {
    this.builder = builder;
    this.arithmetic = new Arithmetic(builder);
    this.#sizes = sizes;
  }

  extent(axis: Axis): number {
    return extent(axis.size, this.#sizes);
  }

  extents(axes: readonly Axis[]): number[] {
    return axes.map((axis) => this.extent(axis));
  }

  /** Position of an axis among the dimensions. */
  position(value: Located, axis: Axis): number {
    const position = value.axes.findIndex((each) => each.id === axis.id);
    invariant(position >= 0, `axis ${axis.id} is not among ${value.axes.map((each) => each.id).join(', ')}`);
    return position;
  }

  /** The same value with its dimensions in this order; `axes` holds exactly the value's. */
  ordered(value: Located, axes: readonly Axis[]): Located {
    const permutation = axes.map((axis) => this.position(value, axis));
    if (permutation.every((from, to) => from === to)) return { node: value.node, axes };
    return { node: this.builder.add('transpose', [value.node], { permutation }), axes };
  }

  /** Dimensions as in `axes`, of extent 1 where the value has no such axis: ready for trailing alignment. */
  aligned(value: Located, axes: readonly Axis[]): NodeId {
    const own = axes.filter((axis) => value.axes.some((each) => each.id === axis.id));
    const { node } = this.ordered(value, own);
    // leading ones are implied by trailing alignment
    const first = axes.findIndex((axis) => own.includes(axis));
    const tail = first < 0 ? [] : axes.slice(first);
    if (tail.length === own.length) return node;
    return this.builder.add('reshape', [node], {
      shape: tail.map((axis) => (own.includes(axis) ? this.extent(axis) : 1)),
    });
  }

  /** As `aligned`, with every axis at its full extent. */
  expanded(value: Located, axes: readonly Axis[]): NodeId {
    const node = this.aligned(value, axes);
    return value.axes.length === axes.length
      ? node
      : this.builder.add('broadcast', [node], { shape: this.extents(axes) });
  }

  reshaped(node: NodeId, shape: readonly number[]): NodeId {
    return this.builder.add('reshape', [node], { shape });
  }
}

export const without = (axes: readonly Axis[], ...gone: readonly Axis[]): Axis[] =>
  axes.filter((axis) => !gone.some((each) => each.id === axis.id));

export const shared = (a: readonly Axis[], b: readonly Axis[]): Axis[] =>
  a.filter((axis) => b.some((each) => each.id === axis.id));
