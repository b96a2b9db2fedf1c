import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { attention, crossAttention, type AttentionOptions } from './attention.ts';
import { join } from './path.ts';
import { blockMlp, branch, type TransformerOptions } from './transformer.ts';

export interface DecoderOptions extends TransformerOptions {
  /** Which places of the memory are real and seen, as `keyMask` and a mask of scores say it. */
  readonly looks?: Pick<AttentionOptions, 'mask' | 'keys'>;
}

/**
 * Blocks that look at themselves, then at a memory `[n, places, any width]` (Vaswani et al., 2017). Parts of `blocks.<i>`: `norm1`,
 * `attention`, `norm2`, `cross`, `norm3`, `mlp`.
 */
export function decoder(
  context: LayerContext,
  path: string,
  x: NodeId,
  memory: NodeId,
  options: DecoderOptions,
): NodeId {
  const { layers, heads, mask, keys, looks = {}, norm = 'pre', dropout: share = 0, epsilon } = options;
  const kind = { norm, share, epsilon };
  const base = { heads, dropout: share };
  let value = x;
  for (let index = 0; index < layers; index++) {
    const at = join(path, `blocks.${index}`);
    const self = { ...base, ...(mask === undefined ? {} : { mask }), ...(keys === undefined ? {} : { keys }) };
    const look = { ...base, ...looks };
    value = branch(context, at, 'norm1', value, (each) => attention(context, join(at, 'attention'), each, self).value, kind); // prettier-ignore
    value = branch(context, at, 'norm2', value, (each) => crossAttention(context, join(at, 'cross'), each, memory, look).value, kind); // prettier-ignore
    value = branch(context, at, 'norm3', value, (each) => blockMlp(context, at, each, options), kind);
  }
  return value;
}
