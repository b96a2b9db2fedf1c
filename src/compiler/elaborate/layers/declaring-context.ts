import { invariant } from '../../common/invariant.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/parameter.ts';
import type { RandomDistribution } from '../../program/program-function.ts';
import { sameShape, type Shape } from '../../types/dtype.ts';
import type { LayerContext, ParameterOptions } from '../layer-context.ts';

export interface DeclaredParameter {
  readonly shape: Shape;
  readonly init: Initialisation;
  readonly options: ParameterOptions;
  /** The graph input that holds it. */
  readonly node: NodeId;
}

/** What a context knows of the experiment around it. */
export interface ContextSources {
  /** The share that is left out at a path in this function, where not the layer's own: 0 where nothing is. */
  readonly leftOut?: (path: string, share: number) => number;
  /** A graph input of random numbers from the stream of this name. */
  readonly random?: (stream: string, distribution: RandomDistribution, shape: Shape) => NodeId;
  /** The context that holds the tensor of this path, where it is that of another part: frozen copies are one tensor. */
  readonly elsewhere?: (path: string) => LayerContext | undefined;
}

/** A layer context that notes each tensor a layer asks for, by its path in the owner, and makes the graph input `<owner>.<path>`. */
export class DeclaringContext implements LayerContext {
  readonly builder: GraphBuilder;
  readonly owner: string;
  readonly parameters = new Map<string, DeclaredParameter>();
  /** Path of a buffer → its value after the step. */
  readonly bufferUpdates = new Map<string, NodeId>();
  readonly #isTraining: (path: string) => boolean;
  readonly #sources: ContextSources;
  readonly #draws = new Map<string, number>();
  /** Path of a buffer → what has moved it. */
  readonly #movedBy = new Map<string, Set<string>>();

  constructor(
    builder: GraphBuilder,
    owner: string,
    isTraining: (path: string) => boolean,
    sources: ContextSources = {},
  ) {
    this.builder = builder;
    this.owner = owner;
    this.#isTraining = isTraining;
    this.#sources = sources;
  }

  /**
   * A buffer that the graph has already moved is read moved: a tower that runs twice in a step moves its running statistics twice,
   * as PyTorch does.
   */
  parameter(path: string, shape: Shape, init: Initialisation, options: ParameterOptions = {}): NodeId {
    const other = this.#sources.elsewhere?.(path);
    if (other !== undefined) return other.parameter(path, shape, init, options);
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

  kept(path: string, share: number, shape: Shape): { readonly mask: NodeId; readonly share: number } | undefined {
    const { leftOut, random } = this.#sources;
    const left = leftOut?.(path, share) ?? 0;
    if (left === 0 || random === undefined) return undefined;
    const stream = `dropout:${this.#name(path)}`;
    const count = this.#draws.get(stream) ?? 0;
    this.#draws.set(stream, count + 1);
    const distribution = { kind: 'bernoulli', keep: 1 - left } as const;
    return { mask: random(count === 0 ? stream : `${stream}.${count}`, distribution, shape), share: left };
  }

  updateBuffer(path: string, by: readonly NodeId[], value: () => NodeId): void {
    const known = this.parameters.get(path);
    invariant(known?.options.role === 'buffer', `${this.#name(path)} is no buffer`);
    const moves = this.#movedBy.get(path) ?? new Set<string>();
    if (moves.has(by.join())) return;
    this.#movedBy.set(path, moves.add(by.join()));
    this.bufferUpdates.set(path, value());
  }

  #name(path: string): string {
    return [this.owner, path].filter((word) => word !== '').join('.');
  }
}
