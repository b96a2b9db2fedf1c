import type { GraphBuilder, NodeId } from '../ir/graph.ts';
import type { Initialisation } from '../program/parameter.ts';
import type { Shape } from '../types/dtype.ts';

export interface ParameterOptions {
  /** `buffer`: batch-norm statistics. */
  readonly role?: 'weight' | 'buffer';
  /** Default: decay acts on tensors of two or more dimensions. */
  readonly decay?: boolean;
  /** The tensor whose start it takes: `clip.logit_scale`. */
  readonly like?: string;
  /** Where it starts as the tensor of a part for pictures, how that is put into the first dimension, and how the other one starts. */
  readonly inflate?: { readonly how: 'centre' | 'mean'; readonly init: Initialisation };
}

/**
 * What a built-in layer or tower needs while it appends itself to a graph. `path` is relative to the owner
 * (`image.blocks.0.attention.query.weight` inside encoder `clip`); asking twice for one path gives one tensor.
 */
export interface LayerContext {
  readonly builder: GraphBuilder;
  /** Declares the tensor if it is new and returns the graph input that holds it. */
  parameter(path: string, shape: Shape, init: Initialisation, options?: ParameterOptions): NodeId;
  /** True where the function trains (a step) and the part at `path` is trainable, its statistics not held: then they are the batch's. */
  trains(path: string): boolean;
  /**
   * Which numbers stay where a share of them is left out, 1 or 0 each: a draw of its own for every call, from the stream of this path.
   * Undefined where nothing is left out: outside training steps, in a frozen part, or where the share is 0.
   */
  kept(path: string, share: number, shape: Shape): { readonly mask: NodeId; readonly share: number } | undefined;
  /**
   * The value of a buffer after this step, where it moves by these. The same values move it once: a tower that is read at several places is
   * one tower.
   */
  updateBuffer(path: string, by: readonly NodeId[], value: () => NodeId): void;
}
