import { invariant } from '../../common/invariant.ts';
import { Arithmetic } from '../../ir/arithmetic.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/parameter.ts';
import type { LayerContext } from '../layer-context.ts';
import { dropout } from './dropout.ts';
import { constant, xavierUniform } from './initialisations.ts';
import { linear } from './linear.ts';
import { join } from './path.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** Added to the scores `[n, head, query, key]`, one after the other: `causalMask`, `keyMask`. */
  readonly mask?: NodeId;
  readonly keys?: NodeId;
  /** `out`: of the last product alone. Default: on. */
  readonly bias?: 'on' | 'off' | 'out';
  /** Share of the probabilities that is left out. */
  readonly dropout?: number;
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
  const { heads, inInit, bias = 'on' } = options;
  const [n, tokens, width] = m.shape(x);
  invariant(n && tokens && width, `attention ${path} needs tokens [n, tokens, width]`);
  invariant(width % heads === 0, `attention ${path}: width ${width} does not split into ${heads} heads`);
  const size = width / heads;

  const joint = linear(context, join(path, 'in'), x, {
    output: 3 * width,
    bias: bias === 'on',
    weightInit: inInit ?? xavierUniform(width, 3 * width),
    biasInit: constant(0),
  });
  // One transposition for the three of them; then each is a contiguous third.
  const parts = m.transpose(m.reshape(joint, [n, tokens, 3, heads, size]), [2, 0, 3, 1, 4]);
  const part = (index: number): NodeId => {
    const third = m.op('slice', [parts], { starts: [index, 0, 0, 0, 0], sizes: [1, n, heads, tokens, size] });
    return m.reshape(third, [n, heads, tokens, size]);
  };
  return attended(context, path, [part(0), part(1), part(2)], options);
}

/**
 * Places of `x [n, queries, width]` look at those of `memory [n, keys, other width]`. Tensors `query`, `key`, `value` (each a linear layer
 * to `width`) and `out`.
 */
export function crossAttention(
  context: LayerContext,
  path: string,
  x: NodeId,
  memory: NodeId,
  options: AttentionOptions,
): AttentionResult {
  const m = new Arithmetic(context.builder);
  const { heads, bias = 'on' } = options;
  const width = m.shape(x).at(-1);
  invariant(width !== undefined && width % heads === 0, `cross attention ${path} splits its width into ${heads} heads`);
  const part = (name: string, source: NodeId): NodeId => {
    const [n = 1, places = 1, own = 1] = m.shape(source);
    const weightInit = xavierUniform(own, width);
    const made = linear(context, join(path, name), source, { output: width, bias: bias === 'on', weightInit, biasInit: constant(0) }); // prettier-ignore
    return m.transpose(m.reshape(made, [n, places, heads, width / heads]), [0, 2, 1, 3]);
  };
  return attended(context, path, [part('query', x), part('key', memory), part('value', memory)], options);
}

/** softmax(q·kᵀ/√size)·v for each head, heads side by side, and the product `out`. */
function attended(
  context: LayerContext,
  path: string,
  [query, key, value]: readonly [NodeId, NodeId, NodeId],
  { mask, keys, outInit, bias = 'on', dropout: share = 0 }: AttentionOptions,
): AttentionResult {
  const m = new Arithmetic(context.builder);
  const [n = 1, heads = 1, tokens = 1, size = 1] = m.shape(query);
  const width = heads * size;
  let scores = m.matmul(m.scale(query, size ** -0.5), key, false, true);
  for (const added of [mask, keys]) if (added !== undefined) scores = m.add(scores, added);
  const probabilities = m.op('softmax', [scores], { axis: 3 });
  const mixed = m.matmul(dropout(context, path, probabilities, share), value, false, false);
  const merged = m.reshape(m.transpose(mixed, [0, 2, 1, 3]), [n, tokens, width]);
  const out = linear(context, join(path, 'out'), merged, {
    output: width,
    bias: bias !== 'off',
    ...(outInit ? { weightInit: outInit } : {}),
    biasInit: constant(0),
  });
  return { value: out, probabilities };
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
