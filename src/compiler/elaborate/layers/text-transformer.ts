import { invariant } from '../../common/invariant.ts';
import type { TextTowerConfig } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { causalMask } from './attention.ts';
import { normal } from './initialisations.ts';
import { layerNorm } from './layer-norm.ts';
import { join } from './path.ts';
import type { TowerResult } from './tower.ts';
import { clipTextInitialisation, transformer } from './transformer.ts';

/** Token ids `i32 [rows, context]` → their vectors `[rows, context, width]`, positions not yet added. Tensor `tokens [vocabulary, width]`. */
export function embedTokens(
  context: LayerContext,
  path: string,
  ids: NodeId,
  config: Pick<TextTowerConfig, 'vocabulary' | 'width'>,
): NodeId {
  const table = context.parameter(join(path, 'tokens'), [config.vocabulary, config.width], normal(0.02));
  return context.builder.add('gather', [table, ids], { axis: 0 });
}

/**
 * CLIP's text tower from token ids `i32 [rows, context]` and the index of each row's end token, `i32 [rows]`.
 * Features `[rows, width]`, unprojected: the end token's row after the last norm. Rows may be shorter than the tower's context.
 */
export function textTransformer(
  context: LayerContext,
  path: string,
  ids: NodeId,
  end: NodeId,
  config: TextTowerConfig,
): TowerResult {
  return textTransformerFromTokens(context, path, embedTokens(context, path, ids, config), end, config);
}

/**
 * The same from token vectors `[rows, context, width]`, some of which may be learned (prompt learning).
 * Taps: `embedded` (with positions), `blocks.<i>`, `tokens` (before the last norm), each `[rows, context, width]`.
 */
function textTransformerFromTokens(
  context: LayerContext,
  path: string,
  tokens: NodeId,
  end: NodeId,
  config: TextTowerConfig,
): TowerResult {
  const taps = new Map<string, NodeId>();
  const placed = placedTokens(context, path, tokens, config);
  taps.set('embedded', placed);
  const hidden = textTrunk(context, path, placed, config, taps);
  taps.set('tokens', hidden);
  return { features: textPool(context, path, hidden, end, config), taps };
}

/** Token vectors with their positions: what the first block takes. */
export function placedTokens(context: LayerContext, path: string, tokens: NodeId, config: TextTowerConfig): NodeId {
  const { builder } = context;
  const { width } = config;
  const [rows, length] = builder.shape(tokens);
  invariant(rows && length && length <= config.context, `text tower ${path} takes at most ${config.context} tokens`);
  const table = context.parameter(join(path, 'positions'), [config.context, width], normal(0.01));
  const positions =
    length === config.context ? table : builder.add('slice', [table], { starts: [0, 0], sizes: [length, width] });
  return builder.add('add', [tokens, positions], {});
}

/** The causal blocks. */
export function textTrunk(
  context: LayerContext,
  path: string,
  placed: NodeId,
  { width, layers, heads, activation, hidden, epsilon }: TextTowerConfig,
  taps: Map<string, NodeId>,
): NodeId {
  const mask = causalMask(context.builder, context.builder.shape(placed)[1] ?? 1);
  const init = clipTextInitialisation(width, layers);
  const given = { ...(hidden === undefined ? {} : { hidden }), ...(epsilon === undefined ? {} : { epsilon }) };
  return transformer(context, path, placed, { layers, heads, activation, mask, init, ...given }, taps);
}

/** The row of each text's last token, normed. */
export function textPool(
  context: LayerContext,
  path: string,
  hidden: NodeId,
  end: NodeId,
  { epsilon }: Pick<TextTowerConfig, 'epsilon'> = {},
): NodeId {
  const { builder } = context;
  const [rows = 1, , width = 1] = builder.shape(hidden);
  // The norm acts on each row by itself, so it can wait until one row is left.
  const index = builder.add('reshape', [end], { shape: [rows, 1, 1] });
  const indices = builder.add('broadcast', [index], { shape: [rows, 1, width] });
  const picked = builder.add('gather_along', [hidden, indices], { axis: 1 });
  const pooled = builder.add('reshape', [picked], { shape: [rows, width] });
  return layerNorm(context, join(path, 'norm_final'), pooled, epsilon);
}
