import type { BertConfig } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { dropout } from './dropout.ts';
import { normal } from './initialisations.ts';
import { layerNorm } from './layer-norm.ts';
import { join } from './path.ts';
import { transformer, type BlockInitialisation } from './transformer.ts';

/** Under the roots of BERT's norms, where its weights say nothing else. */
const published = 1e-12;

/** Every matrix of BERT starts so. */
const start = normal(0.02);
const init: BlockInitialisation = { attentionIn: start, attentionOut: start, mlpIn: start, mlpOut: start };

/**
 * What BERT's first block takes (Devlin et al., 2019): token vectors `[rows, tokens, width]`, positions and the first kind of segment,
 * normed. Tensors `positions`, `types [2, width]`, `norm_embedding`.
 */
export function bertEmbedding(context: LayerContext, path: string, tokens: NodeId, config: BertConfig): NodeId {
  const { builder } = context;
  const { width } = config;
  const [, length = 1] = builder.shape(tokens);
  const table = context.parameter(join(path, 'positions'), [config.context, width], start);
  const positions = builder.add('slice', [table], { starts: [0, 0], sizes: [length, width] });
  const types = context.parameter(join(path, 'types'), [2, width], start);
  const first = builder.add('slice', [types], { starts: [0, 0], sizes: [1, width] });
  const sum = builder.add('add', [builder.add('add', [tokens, positions], {}), first], {});
  const normed = layerNorm(context, join(path, 'norm_embedding'), sum, config.epsilon ?? published);
  return dropout(context, join(path, 'norm_embedding'), normed, config.dropout);
}

/** Post-norm blocks that see the real tokens, both ways. */
export function bertBlocks(
  context: LayerContext,
  path: string,
  x: NodeId,
  { layers, heads, hidden, activation, dropout: share, epsilon = published }: BertConfig,
  keys: NodeId,
): NodeId {
  const options = { layers, heads, hidden, activation, norm: 'post', dropout: share, epsilon, keys, init } as const;
  return transformer(context, path, x, options, new Map());
}
