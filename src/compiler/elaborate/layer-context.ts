import type { GraphBuilder, NodeId } from '../ir/graph.ts';
import type { Initialisation } from '../program/program.ts';
import type { Shape } from '../types/dtype.ts';

export interface ParameterOptions {
  /** `buffer`: batch-norm statistics. */
  readonly role?: 'weight' | 'buffer';
  /** Default: decay acts on tensors of two or more dimensions. */
  readonly decay?: boolean;
}

/**
 * What a built-in layer or tower needs while it appends itself to a graph. `path` is relative to the owner
 * (`image.blocks.0.attention.query.weight` inside encoder `clip`); asking twice for one path gives one tensor.
 */
export interface LayerContext {
  readonly builder: GraphBuilder;
  /** Declares the tensor if it is new and returns the graph input that holds it. */
  parameter(path: string, shape: Shape, init: Initialisation, options?: ParameterOptions): NodeId;
  /** True where the function trains (a step) and the part at `path` is trainable: batch statistics, dropout on. */
  trains(path: string): boolean;
  /** The new value of a buffer after this step. */
  updateBuffer(path: string, value: NodeId): void;
}
