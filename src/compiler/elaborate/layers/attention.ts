import { invariant } from '../../common/invariant.ts';
import { Arithmetic } from '../../ir/arithmetic.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/program.ts';
import type { LayerContext } from '../layer-context.ts';
import { constant, xavierUniform } from './initialisations.ts';
import { linear } from './linear.ts';
import { join } from './path.ts';

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
  const m = new Arithmetic(context.builder);
  const { heads, mask, inInit, outInit } = options;
  const [n, tokens, width] = m.shape(x);
  invariant(n && tokens && width, `attention ${path} needs tokens [n, tokens, width]`);
  invariant(width % heads === 0, `attention ${path}: width ${width} does not split into ${heads} heads`);
  const size = width / heads;

  const joint = linear(context, join(path, 'in'), x, {
    output: 3 * width,
    weightInit: inInit ?? xavierUniform(width, 3 * width),
    biasInit: constant(0),
  });
  // One transposition for the three of them; then each is a contiguous third.
  const parts = m.transpose(m.reshape(joint, [n, tokens, 3, heads, size]), [2, 0, 3, 1, 4]);
  const part = (index: number): NodeId => {
    const third = m.op('slice', [parts], { starts: [index, 0, 0, 0, 0], sizes: [1, n, heads, tokens, size] });
    return m.reshape(third, [n, heads, tokens, size]);
  };

  const scores = m.matmul(m.scale(part(0), size ** -0.5), part(1), false, true);
  const probabilities = m.op('softmax', [mask === undefined ? scores : m.add(scores, mask)], { axis: 3 });
  const mixed = m.matmul(probabilities, part(2), false, false);
  const merged = m.reshape(m.transpose(mixed, [0, 2, 1, 3]), [n, tokens, width]);
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
  const m = new Arithmetic(builder);
  const shape = [tokens, tokens];
  const query = m.op('iota', [], { shape, axis: 0 });
  const key = m.op('iota', [], { shape, axis: 1 });
  return m.op('select', [m.binary('gt', key, query), m.number(-1e9), m.number(0)], {});
}
