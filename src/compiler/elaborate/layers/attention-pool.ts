import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { keyMask } from './key-mask.ts';
import { frameworkDefault, normal } from './initialisations.ts';
import { linear } from './linear.ts';
import { join } from './path.ts';
import { resizedPositions } from './vit.ts';

export interface AttentionPoolOptions {
  readonly heads: number;
  readonly output: number;
  /** Places the position table was made for, and those of this call; absent: no positions. */
  readonly positions?: { readonly made: readonly [number, number]; readonly here: readonly [number, number] };
  /** Which places are real, `bool [n, places]`. */
  readonly real?: NodeId;
}

/** What an attention pool may give, built when asked for; of all tokens, the mean first. */
export interface PooledTokens {
  /** The mean looks at all of them: `[n, output]`. */
  readonly pooled: NodeId;
  /** Every token does: `[n, 1 + places, output]`. */
  readonly mixed: NodeId;
  /** Values and the last product alone, without attention: `[n, 1 + places, output]` (Zhou et al., 2022, MaskCLIP). */
  readonly values: NodeId;
}

/**
 * CLIP's attention pool on `x [n, places, width]` (Radford et al., 2021, section 2.4): the mean stands before the places, positions are
 * added, and the mean looks at all of them. Tensors `positions [1 + places, width]`, `query`, `key`, `value`, `out`.
 */
export function attentionPool(
  context: LayerContext,
  path: string,
  x: NodeId,
  { heads, output, positions, real }: AttentionPoolOptions,
): PooledTokens {
  const m = new Arithmetic(context.builder);
  const [n = 1, , width = 1] = m.shape(x);
  const first = m.reshape(meanOf(m, x, real), [n, 1, width]);
  let tokens = m.op('concat', [first, x], { axis: 1 });
  if (positions !== undefined) {
    const [rows, columns] = positions.made;
    const table = context.parameter(join(path, 'positions'), [1 + rows * columns, width], normal(width ** -0.5));
    tokens = m.add(tokens, resizedPositions(context.builder, table, positions.made, positions.here));
  }
  const size = width / heads;
  const part = (name: string, source: NodeId): NodeId => {
    const [, rows = 1] = m.shape(source);
    const made = linear(context, join(path, name), source, { output: width, weightInit: frameworkDefault(width) });
    return m.transpose(m.reshape(made, [n, rows, heads, size]), [0, 2, 1, 3]);
  };
  const [key, value] = [part('key', tokens), part('value', tokens)];
  const out = (mixed: NodeId): NodeId => {
    const rows = m.shape(mixed)[2] ?? 1;
    const merged = m.reshape(m.transpose(mixed, [0, 2, 1, 3]), [n, rows, width]);
    return linear(context, join(path, 'out'), merged, { output });
  };
  const seen = real === undefined ? undefined : keyMask(context.builder, m.op('concat', [m.filled(1, [n, 1], 'bool'), real], { axis: 1 })); // prettier-ignore
  const attended = (source: NodeId): NodeId => {
    const scores = m.matmul(m.scale(part('query', source), size ** -0.5), key, false, true);
    const probabilities = m.op('softmax', [seen === undefined ? scores : m.add(scores, seen)], { axis: 3 });
    return out(m.matmul(probabilities, value, false, false));
  };
  const mean = m.op('slice', [tokens], { starts: [0, 0, 0], sizes: [n, 1, width] });
  return {
    get pooled() {
      return m.reshape(attended(mean), [n, output]);
    },
    get mixed() {
      return attended(tokens);
    },
    get values() {
      return out(value);
    },
  };
}

function meanOf(m: Arithmetic, x: NodeId, real: NodeId | undefined): NodeId {
  const [n = 1, places = 1, width = 1] = m.shape(x);
  if (real === undefined) return m.reshape(m.op('moment_mean', [x], { axes: [1] }), [n, width]);
  const there = m.reshape(m.op('cast', [real], { dtype: 'f32' }), [n, places, 1]);
  const count = m.binary('max', m.sum(there, [1], false), m.number(1));
  return m.div(m.sum(m.mul(x, there), [1], false), m.reshape(count, [n, 1]));
}
