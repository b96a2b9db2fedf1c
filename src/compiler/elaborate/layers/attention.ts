import { invariant } from '../../common/invariant.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/program.ts';
import type { LayerContext } from '../layer-context.ts';
import { constant, xavierUniform } from './initialisations.ts';
import { linear } from './linear.ts';
import { join } from './path.ts';
import { scalar } from './scalar.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** Added to the scores `[query, key]` of every head, e.g. `causalMask`. */
  readonly mask?: NodeId;
  /** Defaults: PyTorch's multi-head attention (Glorot for the joint matrix, its linear default for the other, biases 0). */
  readonly inInit?: Initialisation;
  readonly outInit?: Initialisation;
}

export interface AttentionResult {
  /** `[n, tokens, width]` */
  readonly value: NodeId;
  /** `[n, head, query, key]`, rows sum to 1. */
  readonly probabilities: NodeId;
}

/**
 * Multi-head self-attention over `x [n, tokens, width]` (Vaswani et al., 2017). Tensors `in.weight [3·width, width]`, rows query, key,
 * value in that order, each split into heads of width/heads; `in.bias`; `out.weight [width, width]`; `out.bias`: PyTorch's layout.
 */
export function attention(context: LayerContext, path: string, x: NodeId, options: AttentionOptions): AttentionResult {
  const { builder } = context;
  const { heads, mask, inInit, outInit } = options;
  const [n, tokens, width] = builder.shape(x);
  invariant(n && tokens && width, `attention ${path} needs tokens [n, tokens, width]`);
  invariant(width % heads === 0, `attention ${path}: width ${width} does not split into ${heads} heads`);
  const size = width / heads;

  const joint = linear(context, join(path, 'in'), x, {
    output: 3 * width,
    weightInit: inInit ?? xavierUniform(width, 3 * width),
    biasInit: constant(0),
  });
  // One transposition for the three of them; then each is a contiguous third.
  const split = builder.add('reshape', [joint], { shape: [n, tokens, 3, heads, size] });
  const parts = builder.add('transpose', [split], { permutation: [2, 0, 3, 1, 4] });
  const part = (index: number): NodeId => {
    const starts = [index, 0, 0, 0, 0];
    const third = builder.add('slice', [parts], { starts, sizes: [1, n, heads, tokens, size] });
    return builder.add('reshape', [third], { shape: [n, heads, tokens, size] });
  };

  const query = builder.add('mul', [part(0), scalar(builder, size ** -0.5)], {});
  let scores = builder.add('matmul', [query, part(1)], { transposeA: false, transposeB: true });
  if (mask !== undefined) scores = builder.add('add', [scores, mask], {});
  const probabilities = builder.add('softmax', [scores], { axis: 3 });
  const mixed = builder.add('matmul', [probabilities, part(2)], { transposeA: false, transposeB: false });

  const together = builder.add('transpose', [mixed], { permutation: [0, 2, 1, 3] });
  const merged = builder.add('reshape', [together], { shape: [n, tokens, width] });
  const value = linear(context, join(path, 'out'), merged, {
    output: width,
    ...(outInit ? { weightInit: outInit } : {}),
    biasInit: constant(0),
  });
  return { value, probabilities };
}

/**
 * `[tokens, tokens]`: 0 on and below the diagonal, hugely negative above it, so that no token sees a later one. Not −∞, which JSON
 * cannot hold; exp(−1e9) is 0 in float32 all the same.
 */
export function causalMask(builder: GraphBuilder, tokens: number): NodeId {
  const shape = [tokens, tokens];
  const query = builder.add('iota', [], { shape, axis: 0 });
  const key = builder.add('iota', [], { shape, axis: 1 });
  const later = builder.add('gt', [key, query], {});
  return builder.add('select', [later, scalar(builder, -1e9), scalar(builder, 0)], {});
}
