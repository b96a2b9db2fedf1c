import { invariant } from '../../common/invariant.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/program.ts';
import { sameShape, type Shape } from '../../types/dtype.ts';
import type { LayerContext, ParameterOptions } from '../layer-context.ts';

export interface DeclaredParameter {
  readonly shape: Shape;
  readonly init: Initialisation;
  readonly options: ParameterOptions;
  /** The graph input that holds it. */
  readonly node: NodeId;
}

/** A layer context that notes each tensor a layer asks for, by its path in the owner, and makes the graph input `<owner>.<path>`. */
export class DeclaringContext implements LayerContext {
  readonly builder: GraphBuilder;
  readonly owner: string;
  readonly parameters = new Map<string, DeclaredParameter>();
  /** Path of a buffer → its value after the step. */
  readonly bufferUpdates = new Map<string, NodeId>();
  readonly #isTraining: (path: string) => boolean;

  constructor(builder: GraphBuilder, owner: string, isTraining: (path: string) => boolean) {
    this.builder = builder;
    this.owner = owner;
    this.#isTraining = isTraining;
  }

  /**
   * A buffer that the graph has already moved is read moved: a tower that runs twice in a step moves its running statistics twice,
   * as PyTorch does.
   */
  parameter(path: string, shape: Shape, init: Initialisation, options: ParameterOptions = {}): NodeId {
    const known = this.parameters.get(path);
    if (known) {
      const same = sameShape(known.shape, shape);
      invariant(same, `${this.#name(path)} is [${known.shape.join(',')}], asked for as [${shape.join(',')}]`);
      return this.bufferUpdates.get(path) ?? known.node;
    }
    const node = this.builder.add('input', [], { name: this.#name(path), dtype: 'f32', shape });
    this.parameters.set(path, { shape, init, options, node });
    return node;
  }

  trains(path: string): boolean {
    return this.#isTraining(path);
  }

  updateBuffer(path: string, value: NodeId): void {
    const known = this.parameters.get(path);
    invariant(known?.options.role === 'buffer', `${this.#name(path)} is no buffer`);
    this.bufferUpdates.set(path, value);
  }

  #name(path: string): string {
    return this.owner === '' ? path : `${this.owner}.${path}`;
  }
}
